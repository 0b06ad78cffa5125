/* SPDX-License-Identifier: MIT */

/*
 * How a registration is freed.
 *
 * The poller names a registration by its address. While a worker holds a batch
 * of events, other workers may close registrations that the batch names, and so
 * may tasks that an earlier event of the batch woke. So an entry has three
 * states, one after the other:
 *  1. live: in the list `live` from open on. The end of the reactor closes the
 *     registrations that are still live, so a cancelled task without a FINALLY
 *     leaks nothing.
 *  2. closed: its socket was removed from the poller and closed. Only a batch
 *     that was taken before can name it, and such an event has no effect.
 *  3. dead: no task refers to it. The holder of the driver token frees the dead
 *     before it waits. No batch is out then, because it is the only holder and
 *     its own last batch is done. The dead count as watched, so that a busy
 *     worker looks at the driver now and then even if no socket is open.
 *
 * The number of the dead is bounded even if no worker begins a wait. The thread
 * that buries every REGISTRY_DEAD_MAXth registration reads `is_out`, which is
 * set from before a wait to the end of its batch. If no batch is out, the
 * thread frees the dead. Otherwise it wakes the poller, because the wait may be
 * long, and the next holder of the token frees them. It cannot overlook a batch
 * that names one of them: such a batch was taken before the socket was removed
 * from the poller, and the poller's own lock orders the two.
 *
 * Rejected: an index with a generation in place of the address. It would need
 * no dead list, but each event would need a table that grows under a lock.
 */

#include "nanorun/io/reactor/registry.h"

#include "nanorun/rt/thread/fork.h"

enum { REGISTRY_DEAD_MAX = 256 };

int nr_registry_init(nr_registry *r, nr_atomic_u32 *watched)
{
    int error = nr_sys_mutex_init(&r->lock);
    if (error)
        return error;
    error = nr_sys_poller_create(&r->poller);
    if (error)
        goto deinit_lock;
    r->watched = watched;
    r->generation = nr_fork_generation();
    nr_list_init(&r->live);
    nr_list_init(&r->dead);
    nr_store_size_relaxed(&r->dead_count, 0);
    nr_store_u32_relaxed(&r->is_out, 0);
    return 0;
deinit_lock:
    nr_sys_mutex_deinit(&r->lock);
    return error;
}

void nr_registry_deinit(nr_registry *r)
{
    nr_sys_poller_destroy(r->poller);
    nr_sys_mutex_deinit(&r->lock);
}

void nr_registry_add(nr_registry *r, nr_link *link)
{
    nr_sys_mutex_lock(&r->lock);
    nr_list_prepend(&r->live, link);
    nr_sys_mutex_unlock(&r->lock);
}

/* Under the lock. */
static void registry_empty_dead(nr_registry *r, nr_link *freed)
{
    nr_list_move(freed, &r->dead);
    nr_store_size_relaxed(&r->dead_count, 0);
}

void nr_registry_bury(nr_registry *r, nr_link *link, nr_link *freed)
{
    bool is_wake_due = false;
    nr_list_init(freed);
    nr_sys_mutex_lock(&r->lock);
    nr_list_remove(link);
    nr_list_prepend(&r->dead, link);
    size_t count = nr_load_size_relaxed(&r->dead_count) + 1;
    nr_store_size_relaxed(&r->dead_count, count);
    if (count % REGISTRY_DEAD_MAX == 0) {
        /* acquire: pairs with nr_registry_end_batch, after the last dispatch.
         */
        is_wake_due = nr_load_u32_acquire(&r->is_out);
        if (!is_wake_due)
            registry_empty_dead(r, freed);
    }
    nr_sys_mutex_unlock(&r->lock);
    if (is_wake_due)
        nr_sys_poller_wake(r->poller);
}

void nr_registry_take_dead(nr_registry *r, nr_link *freed)
{
    nr_sys_mutex_lock(&r->lock);
    registry_empty_dead(r, freed);
    nr_sys_mutex_unlock(&r->lock);
}
