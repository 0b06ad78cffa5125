/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/memory.h"

#include <stdbool.h>
#include <stdlib.h>

#include "nanorun/sys/atomic.h"

/*
 * A program only pays for one relaxed load of `memory_watching`. The other
 * variables are used after a test or a debug build has set it. All accesses are
 * relaxed, because the numbers guard no memory.
 */
#ifdef NDEBUG
static nr_atomic_u32 memory_watching = {0};
#else
static nr_atomic_u32 memory_watching = {1};
#endif
static nr_atomic_size memory_live;

/* How many allocations still succeed before one fails; at NONE_FAILS none
 * does. */
#define MEMORY_NONE_FAILS SIZE_MAX
static nr_atomic_size memory_left = {MEMORY_NONE_FAILS};
static nr_atomic_u32 memory_fail_all;

static bool memory_must_fail(void)
{
    size_t seen = nr_load_size_relaxed(&memory_left);
    size_t next;

    do {
        if (seen == MEMORY_NONE_FAILS)
            return false;
        if (seen != 0)
            next = seen - 1;
        else
            next =
                nr_load_u32_relaxed(&memory_fail_all) ? 0 : MEMORY_NONE_FAILS;
    } while (!nr_cas_size_relaxed(&memory_left, &seen, next));
    return seen == 0;
}

static void *memory_alloc_watched(size_t size)
{
    void *block = memory_must_fail() ? NULL : malloc(size);

    if (block)
        nr_fetch_add_size_relaxed(&memory_live, 1);
    return block;
}

void *nr_sys_alloc(size_t size)
{
    if (nr_load_u32_relaxed(&memory_watching))
        return memory_alloc_watched(size);
    return malloc(size);
}

void nr_sys_free(void *block)
{
    if (nr_load_u32_relaxed(&memory_watching) && block)
        nr_fetch_sub_size_relaxed(&memory_live, 1);
    free(block);
}

size_t nr_sys_alloc_admit(size_t n)
{
    if (!nr_load_u32_relaxed(&memory_watching))
        return n;
    if (n == 0 || memory_must_fail())
        return 0;
    nr_fetch_add_size_relaxed(&memory_live, 1);
    return 1;
}

void nr_sys_alloc_returned(size_t n)
{
    if (nr_load_u32_relaxed(&memory_watching))
        nr_fetch_sub_size_relaxed(&memory_live, n);
}

void nr_sys_alloc_fail(uint64_t after, int and_all)
{
    nr_store_u32_relaxed(&memory_fail_all, and_all != 0);
    nr_store_size_relaxed(&memory_left, after < MEMORY_NONE_FAILS
                                            ? (size_t)after
                                            : MEMORY_NONE_FAILS);
    nr_store_u32_relaxed(&memory_watching, 1);
}

uint64_t nr_sys_alloc_live(void)
{
    nr_store_u32_relaxed(&memory_watching, 1);
    return nr_load_size_relaxed(&memory_live);
}
