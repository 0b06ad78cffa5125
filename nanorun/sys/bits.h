/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_BITS_H
#define NANORUN_SYS_BITS_H

/* Bit searches that compilers have under names of their own. */

#include <stdint.h>

/* The index of the lowest bit that is set, of the highest; v is not 0. */
static inline unsigned nr_lowest_bit(uint64_t v)
{
    return (unsigned)__builtin_ctzll(v);
}

static inline unsigned nr_highest_bit(uint64_t v)
{
    return 63u - (unsigned)__builtin_clzll(v);
}

#endif
