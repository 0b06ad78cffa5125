/* SPDX-License-Identifier: MIT */
#include <malloc.h>

#include "nanorun/sys/memory.h"

/* Uses _aligned_malloc for every alignment, because its blocks have to be freed
 * by _aligned_free. */
enum { ALIGNED_MIN = 16 };

void *nr_sys_aligned_alloc(size_t size, size_t align)
{
    void *block;

    if (nr_sys_alloc_admit(1) == 0)
        return NULL;
    block = _aligned_malloc(size, align > ALIGNED_MIN ? align : ALIGNED_MIN);
    if (!block)
        nr_sys_alloc_returned(1);
    return block;
}

void nr_sys_aligned_free(void *block)
{
    if (!block)
        return;
    nr_sys_alloc_returned(1);
    _aligned_free(block);
}
