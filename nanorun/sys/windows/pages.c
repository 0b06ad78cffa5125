/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/bits.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/windows/system.h"

/* Finds an aligned address in a reservation of twice the size, and allocates at
 * that address; tries again if another thread was faster. An allocation of
 * VirtualAlloc is freed as a whole, so there is one run only. */
void *nr_sys_pages_alloc(size_t size, unsigned *count)
{
    char *all, *pages;

    *count = 1;
    do {
        all = VirtualAlloc(NULL, 2 * size, MEM_RESERVE, PAGE_NOACCESS);
        if (!all)
            return NULL;
        pages = all + (-(uintptr_t)all & (size - 1));
        VirtualFree(all, 0, MEM_RELEASE);
        pages =
            VirtualAlloc(pages, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    } while (!pages && GetLastError() == ERROR_INVALID_ADDRESS);
    return pages;
}

void nr_sys_pages_free(void *pages, size_t size)
{
    (void)size;
    VirtualFree(pages, 0, MEM_RELEASE);
}

/* The pages stay committed, but the system need not keep what is in them. */
void nr_sys_pages_discard(void *pages, size_t size, uint64_t units)
{
    size_t unit = size / NR_SYS_PAGES_UNITS;

    for (; units != 0; units &= units - 1)
        VirtualAlloc((char *)pages + nr_lowest_bit(units) * unit, unit,
                     MEM_RESET, PAGE_READWRITE);
}
