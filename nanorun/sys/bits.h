/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_BITS_H
#define NANORUN_SYS_BITS_H

/* Bit searches, for which each compiler has names of its own. */

#include <stdint.h>

#if defined(_MSC_VER) && !defined(__GNUC__)

unsigned char _BitScanForward64(unsigned long *, unsigned long long);
unsigned char _BitScanReverse64(unsigned long *, unsigned long long);
#pragma intrinsic(_BitScanForward64, _BitScanReverse64)

/* The index of the lowest set bit, or of the highest; v is not 0. */
static inline unsigned nr_lowest_bit(uint64_t v)
{
    unsigned long index;

    _BitScanForward64(&index, v);
    return index;
}

static inline unsigned nr_highest_bit(uint64_t v)
{
    unsigned long index;

    _BitScanReverse64(&index, v);
    return index;
}

#else

static inline unsigned nr_lowest_bit(uint64_t v)
{
    return (unsigned)__builtin_ctzll(v);
}

static inline unsigned nr_highest_bit(uint64_t v)
{
    return 63u - (unsigned)__builtin_clzll(v);
}

#endif

#endif
