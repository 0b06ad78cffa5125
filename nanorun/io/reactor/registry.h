/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REGISTRY_H
#define NANORUN_IO_REACTOR_REGISTRY_H

/*
 * The registry of a reactor: its poller, and the lists of the registrations
 * that the poller watches or that a batch of its events may still name. Of a
 * registration it knows the links alone. An entry that may be freed is returned
 * to the caller, which destroys it. The life of an entry is told at the top of
 * registry.c. For io only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The part of a registration that is in a list; by the registry's lock. */
typedef struct nr_registry_entry {
    struct nr_registry_entry *next;
    struct nr_registry_entry *previous;
} nr_registry_entry;

typedef struct nr_registry {
    nr_sys_poller *poller;  /* constant, as are the next two */
    nr_atomic_u32 *watched; /* counts the entries of both lists, for the driver;
                               a registration changes it */
    uint8_t generation;     /* of the process that made the registry */
    nr_sys_mutex lock;
    nr_registry_entry *live; /* by `lock`: doubly linked */
    nr_atomic_ptr dead;      /* written by `lock`: nobody refers to them, but a
                                batch may name them */
    size_t dead_count;       /* by `lock` */
    nr_atomic_u32 is_out;    /* a batch may be; the token holder writes it */
} nr_registry;

/* Returns 0, or -EMFILE, -ENFILE, -ENOMEM. `watched` outlives the registry. */
int nr_registry_init(nr_registry *r, nr_atomic_u32 *watched);

/* Both lists have been emptied. */
void nr_registry_deinit(nr_registry *r);

/* Takes a new entry into the live list. Threads: any. Ownership: takes `entry`,
 * until an entry is returned by one of the functions below. */
void nr_registry_link(nr_registry *r, nr_registry_entry *entry);

/* Moves an entry that nobody refers to from the live list to the dead one. Each
 * of the functions below returns a list, linked by `next`, of entries that no
 * batch can name, or NULL. Threads: any. Ownership: the list is the caller's,
 * to be destroyed. */
nr_registry_entry *nr_registry_bury(nr_registry *r, nr_registry_entry *entry);

/* Whether the next one is worth a call. */
static inline bool nr_registry_has_dead(const nr_registry *r)
{
    return nr_load_ptr_relaxed(&r->dead);
}

/* Empties the dead list. Threads: the holder of the driver token, while it has
 * no batch. */
nr_registry_entry *nr_registry_take_dead(nr_registry *r);

/* Empties the live list: the reactor is ending. Threads: the last. */
nr_registry_entry *nr_registry_take_live(nr_registry *r);

/* Between the two a batch may name whatever was watched meanwhile. Threads: the
 * holder of the driver token. */
static inline void nr_registry_begin_batch(nr_registry *r)
{
    nr_store_u32_relaxed(&r->is_out, 1);
}

/* release: to nr_registry_bury. */
static inline void nr_registry_end_batch(nr_registry *r)
{
    nr_store_u32_release(&r->is_out, 0);
}

#ifdef __cplusplus
}
#endif

#endif
