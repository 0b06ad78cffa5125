/* SPDX-License-Identifier: MIT */

/*
 * Design note: who frees a registration.
 *
 * The poller's token is the registration's address. A worker inside wait may
 * hold a batch of events that name registrations which other workers, or the
 * very tasks that an earlier event of the batch woke, close meanwhile. Hence a
 * registration is one after the other:
 *  1. live: linked from open on. The end of the reactor closes whatever is
 *     still here: a cancelled task that had no FINALLY leaks nothing.
 *  2. closed: its socket has left the poller before it was closed, so only a
 *     batch that was taken before can name it. An event for it then sets a
 *     flag that nobody reads.
 *  3. dead: nobody refers to it. The holder of the token frees the dead before
 *     it waits, when no batch is out: it holds the token alone, and its own
 *     last batch is done. Until then they count as watched, so that a busy
 *     worker looks now and then even if no socket is open.
 *
 * The dead are bounded also while nobody begins a wait. Each time DEAD_MAX more
 * have come together, the thread that buries the last of them looks at
 * `is_out`, which is set from before a wait to the end of its batch. If no
 * batch is out, the thread frees them. Otherwise it ends the wait, which may be
 * a long one, and the next holder of the token frees them. The look cannot miss
 * a batch that names one of them: such a batch was taken before the socket left
 * the poller, and the poller's own lock orders the two.
 *
 * Rejected: an index with a generation in place of the address. It saves the
 * dead list and costs a table that grows under a lock, on every event.
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
        /* acquire: of the dispatch of the last batch, by nr_registry_end_batch.
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
