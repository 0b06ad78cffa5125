/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/memory.h"

#include <stdbool.h>
#include <stdlib.h>

#include "nanorun/sys/atomic.h"

/*
 * `watching` is all that a program pays for: one relaxed load. The rest is
 * touched once a test, or a debug build, has set it. No order is needed: the
 * numbers guard no memory.
 */
#ifdef NDEBUG
static nr_atomic_u32 watching = {0};
#else
static nr_atomic_u32 watching = {1};
#endif
static nr_atomic_size live;

/* Allocations that still succeed; at 0 one fails, at NONE_FAILS none does. */
#define NONE_FAILS SIZE_MAX
static nr_atomic_size left = {NONE_FAILS};
static nr_atomic_u32 fail_all;

static bool must_fail(void)
{
    size_t seen = nr_load_size_relaxed(&left);
    size_t next;

    do {
        if (seen == NONE_FAILS)
            return false;
        if (seen != 0)
            next = seen - 1;
        else
            next = nr_load_u32_relaxed(&fail_all) ? 0 : NONE_FAILS;
    } while (!nr_cas_size_relaxed(&left, &seen, next));
    return seen == 0;
}

static void *alloc_watched(size_t size)
{
    void *block = must_fail() ? NULL : malloc(size);

    if (block != NULL)
        nr_fetch_add_size_relaxed(&live, 1);
    return block;
}

void *nr_sys_alloc(size_t size)
{
    if (nr_load_u32_relaxed(&watching))
        return alloc_watched(size);
    return malloc(size);
}

void nr_sys_free(void *block)
{
    if (nr_load_u32_relaxed(&watching) && block != NULL)
        nr_fetch_sub_size_relaxed(&live, 1);
    free(block);
}

size_t nr_sys_alloc_admit(size_t n)
{
    if (!nr_load_u32_relaxed(&watching))
        return n;
    if (n == 0 || must_fail())
        return 0;
    nr_fetch_add_size_relaxed(&live, 1);
    return 1;
}

void nr_sys_alloc_returned(size_t n)
{
    if (nr_load_u32_relaxed(&watching))
        nr_fetch_sub_size_relaxed(&live, n);
}

void nr_sys_alloc_fail(uint64_t after, int and_all)
{
    nr_store_u32_relaxed(&fail_all, and_all != 0);
    nr_store_size_relaxed(&left,
                          after < NONE_FAILS ? (size_t)after : NONE_FAILS);
    nr_store_u32_relaxed(&watching, 1);
}

uint64_t nr_sys_alloc_live(void)
{
    nr_store_u32_relaxed(&watching, 1);
    return nr_load_size_relaxed(&live);
}
