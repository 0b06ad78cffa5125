/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE

#include <stdint.h>
#include <sys/mman.h>

#include "nanorun/sys/memory.h"

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

/* What may be a page of the processor's next larger kind. */
enum { LARGE = 1 << 21 };

/* Of twice the size, whose unaligned ends go back at once. */
static char *map_aligned(size_t size)
{
    char *all = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t before, after;

    if (all == MAP_FAILED)
        return NULL;
    before = (size_t)(-(uintptr_t)all & (size - 1));
    after = size - before;
    if (before != 0)
        munmap(all, before);
    if (after != 0)
        munmap(all + before + size, after);
    return all + before;
}

void *nr_sys_pages_alloc(size_t size, unsigned *count)
{
    char *pages = map_aligned(size * *count);

#ifdef MADV_HUGEPAGE
    /* A hint: one fault and one zeroing for 512 of them. */
    if (pages != NULL && size * *count >= LARGE)
        madvise(pages, size * *count, MADV_HUGEPAGE);
#endif
    return pages;
}

void nr_sys_pages_free(void *pages, size_t size)
{
    munmap(pages, size);
}
