/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REGISTRY_H
#define NANORUN_IO_REACTOR_REGISTRY_H

/*
 * The registry of a reactor: its poller, and the lists of registrations that
 * the poller watches or that a batch of its events may still name. It knows
 * only the links of a registration. It returns entries that may be freed to the
 * caller, which destroys them. The head of registry.c has the life of an entry.
 * For io only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/rt/list.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_registry {
    nr_sys_poller *poller;  /* constant, as are the next two */
    nr_atomic_u32 *watched; /* how many are in both lists, for the driver;
                               a registration changes it */
    uint8_t generation;     /* of the process that made the registry */
    nr_sys_mutex lock;
    nr_link live;              /* by `lock` */
    nr_link dead;              /* by `lock`: nobody refers to them, but a batch
                                  may name them */
    nr_atomic_size dead_count; /* written by `lock` */
    nr_atomic_u32 is_out;      /* a batch may be; the token holder writes it */
} nr_registry;

/* Initializes a registry with a new poller. Returns 0, or -EMFILE, -ENFILE,
 * -ENOMEM. `watched` must outlive the registry. */
int nr_registry_init(nr_registry *r, nr_atomic_u32 *watched);

/* Destroys the poller. Both lists have been emptied before. */
void nr_registry_deinit(nr_registry *r);

/* Adds a new registration to the live list. Threads: any. Ownership: takes it,
 * until it is in a list `freed`. */
void nr_registry_add(nr_registry *r, nr_link *link);

/* Moves a registration that no task refers to from the live list to the dead
 * one. Sets *freed, as the next function does, to the list of those that no
 * batch can name, which may be empty. Threads: any. Ownership of *freed: the
 * caller's, to be destroyed. */
void nr_registry_bury(nr_registry *r, nr_link *link, nr_link *freed);

/* Empties the dead list. Threads: the holder of the driver token, while it has
 * no batch. */
void nr_registry_take_dead(nr_registry *r, nr_link *freed);

/* Whether there are dead registrations, which saves a call of
 * nr_registry_take_dead. */
static inline bool nr_registry_has_dead(const nr_registry *r)
{
    return nr_load_size_relaxed(&r->dead_count) != 0;
}

/* Between begin and end a batch may name any registration that the poller
 * watched in that time. Threads: the holder of the driver token. */
static inline void nr_registry_begin_batch(nr_registry *r)
{
    nr_store_u32_relaxed(&r->is_out, 1);
}

/* release: pairs with the acquire in nr_registry_bury. */
static inline void nr_registry_end_batch(nr_registry *r)
{
    nr_store_u32_release(&r->is_out, 0);
}

#ifdef __cplusplus
}
#endif

#endif
