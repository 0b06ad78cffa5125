/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nanorun/sys/memory.h"

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

/* What may be a page of the processor's next larger kind. */
enum { PAGES_LARGE = 1 << 21 };

/* Of twice the size, whose unaligned ends go back at once. */
static char *pages_map_aligned(size_t size)
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
    char *pages = pages_map_aligned(size * *count);

#ifdef MADV_HUGEPAGE
    /* A hint: one fault and one zeroing for 512 of them. */
    if (pages && size * *count >= PAGES_LARGE)
        madvise(pages, size * *count, MADV_HUGEPAGE);
#endif
    return pages;
}

void nr_sys_pages_free(void *pages, size_t size)
{
    munmap(pages, size);
}

/* Only whole pages of the system's, as it would round the end up. */
static void pages_discard(char *begin, char *end, uintptr_t page)
{
    begin += -(uintptr_t)begin & (page - 1);
    end -= (uintptr_t)end & (page - 1);
    if (begin >= end)
        return;
#if defined(__linux__)
    madvise(begin, (size_t)(end - begin), MADV_DONTNEED);
#elif defined(MADV_FREE)
    madvise(begin, (size_t)(end - begin), MADV_FREE);
#endif
}

void nr_sys_pages_discard(void *pages, size_t size, uint64_t units)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    size_t unit = size / NR_SYS_PAGES_UNITS;
    char *begin = NULL; /* of the parts in a row that are to go */

#ifdef MADV_NOHUGEPAGE
    /* Else the kernel fills the holes again to make a large page. */
    madvise(pages, size, MADV_NOHUGEPAGE);
#endif
    for (unsigned i = 0; i <= NR_SYS_PAGES_UNITS; i++) {
        char *at = (char *)pages + i * unit;
        bool goes = i < NR_SYS_PAGES_UNITS && (units >> i & 1);

        if (goes && !begin)
            begin = at;
        if (!goes && begin) {
            pages_discard(begin, at, page);
            begin = NULL;
        }
    }
}
