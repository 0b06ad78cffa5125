/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>

#include "nanorun/sys/memory.h"

/* The alignment of malloc, also on 32 bits, where alignof(max_align_t) is
 * larger with some C libraries. */
enum { ALIGNED_MIN = 2 * sizeof(void *) };

void *nr_sys_aligned_alloc(size_t size, size_t align)
{
    void *block;

    if (align <= ALIGNED_MIN)
        return nr_sys_alloc(size);
    if (nr_sys_alloc_admit(1) == 0)
        return NULL;
    if (posix_memalign(&block, align, size) == 0)
        return block;
    nr_sys_alloc_returned(1);
    return NULL;
}

void nr_sys_aligned_free(void *block)
{
    nr_sys_free(block);
}
