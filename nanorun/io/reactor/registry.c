/* SPDX-License-Identifier: MIT */

/*
 * Design note: who frees a registration.
 *
 * The poller's token is the registration's address. A worker inside wait may
 * hold a batch of events that name registrations which other workers, or the
 * very tasks that an earlier event of the batch woke, close meanwhile. Hence an
 * entry is one after the other:
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
    r->live = NULL;
    nr_store_ptr_relaxed(&r->dead, NULL);
    r->dead_count = 0;
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

void nr_registry_link(nr_registry *r, nr_registry_entry *entry)
{
    nr_sys_mutex_lock(&r->lock);
    entry->previous = NULL;
    entry->next = r->live;
    if (r->live)
        r->live->previous = entry;
    r->live = entry;
    nr_sys_mutex_unlock(&r->lock);
}

/* Under the lock, as is the next one. */
static void registry_unlink(nr_registry *r, nr_registry_entry *entry)
{
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        r->live = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
}

static nr_registry_entry *registry_empty_dead(nr_registry *r)
{
    nr_registry_entry *dead = nr_load_ptr_relaxed(&r->dead);
    nr_store_ptr_relaxed(&r->dead, NULL);
    r->dead_count = 0;
    return dead;
}

nr_registry_entry *nr_registry_bury(nr_registry *r, nr_registry_entry *entry)
{
    nr_registry_entry *freed = NULL;
    bool is_wake_due = false;
    nr_sys_mutex_lock(&r->lock);
    registry_unlink(r, entry);
    entry->next = nr_load_ptr_relaxed(&r->dead);
    nr_store_ptr_relaxed(&r->dead, entry);
    if (++r->dead_count % REGISTRY_DEAD_MAX == 0) {
        /* acquire: of the dispatch of the last batch, by nr_registry_end_batch.
         */
        is_wake_due = nr_load_u32_acquire(&r->is_out);
        freed = is_wake_due ? NULL : registry_empty_dead(r);
    }
    nr_sys_mutex_unlock(&r->lock);
    if (is_wake_due)
        nr_sys_poller_wake(r->poller);
    return freed;
}

nr_registry_entry *nr_registry_take_dead(nr_registry *r)
{
    nr_sys_mutex_lock(&r->lock);
    nr_registry_entry *dead = registry_empty_dead(r);
    nr_sys_mutex_unlock(&r->lock);
    return dead;
}

nr_registry_entry *nr_registry_take_live(nr_registry *r)
{
    nr_registry_entry *live = r->live;
    r->live = NULL;
    return live;
}
