/* SPDX-License-Identifier: MIT */
#include "nanorun/io/internal/reactor.h"

#include <errno.h>

#include "nanorun/rt/thread/fork.h"
#include "nanorun/sys/memory.h"

/*
 * Design note: who frees a registration.
 *
 * The poller's token is the registration's address. A worker inside wait may
 * hold a batch of events that name registrations which other workers, or the
 * very tasks that an earlier event of the batch woke, close meanwhile. Hence:
 *  1. live: linked from open on. Whatever is still here when the reactor ends
 *     is closed then: a cancelled task that had no FINALLY leaks nothing.
 *  2. closed: its socket has left the poller before it was closed, so only a
 *     batch that was taken before can name it. An event for it then sets a
 *     flag that nobody reads.
 *  3. dead: nobody refers to it. The holder of the token frees these before
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

enum { REACTOR_DEAD_MAX = 256 };

_Static_assert(offsetof(nr_reactor, base) == 0,
               "a driver is cast to its reactor");

void nr_reactor_link(nr_reactor *r, nr_registration *reg)
{
    nr_sys_mutex_lock(&r->lock);
    reg->previous = NULL;
    reg->next = r->live;
    if (r->live)
        r->live->previous = reg;
    r->live = reg;
    nr_sys_mutex_unlock(&r->lock);
}

static void reactor_destroy_all(nr_registration *reg)
{
    while (reg) {
        nr_registration *next = reg->next;
        nr_registration_destroy(reg);
        reg = next;
    }
}

/* Under the lock. */
static nr_registration *reactor_take_dead(nr_reactor *r)
{
    nr_registration *dead = nr_load_ptr_relaxed(&r->dead);
    nr_store_ptr_relaxed(&r->dead, NULL);
    r->dead_count = 0;
    return dead;
}

static void reactor_unlink_live(nr_reactor *r, nr_registration *reg)
{
    if (reg->previous)
        reg->previous->next = reg->next;
    else
        r->live = reg->next;
    if (reg->next)
        reg->next->previous = reg->previous;
}

void nr_reactor_bury(nr_reactor *r, nr_registration *reg)
{
    nr_registration *freed = NULL;
    bool is_wake_due = false;
    nr_sys_mutex_lock(&r->lock);
    reactor_unlink_live(r, reg);
    reg->next = nr_load_ptr_relaxed(&r->dead);
    nr_store_ptr_relaxed(&r->dead, reg);
    if (++r->dead_count % REACTOR_DEAD_MAX == 0) {
        /* acquire: of the dispatch of the last batch. */
        is_wake_due = nr_load_u32_acquire(&r->is_out);
        freed = is_wake_due ? NULL : reactor_take_dead(r);
    }
    nr_sys_mutex_unlock(&r->lock);
    if (is_wake_due)
        nr_sys_poller_wake(r->poller);
    reactor_destroy_all(freed);
}

static void reactor_destroy_dead(nr_reactor *r)
{
    if (!nr_load_ptr_relaxed(&r->dead))
        return;
    nr_sys_mutex_lock(&r->lock);
    nr_registration *dead = reactor_take_dead(r);
    nr_sys_mutex_unlock(&r->lock);
    reactor_destroy_all(dead);
}

/* The events are dispatched last first, as a worker runs the newest task first:
 * so whose event came first is served first, and the last of many connections
 * does not wait for two rounds. */
static int reactor_wait(nr_driver *driver, uint64_t timeout_ns)
{
    nr_reactor *r = (nr_reactor *)driver;
    reactor_destroy_dead(r);
    nr_store_u32_relaxed(&r->is_out, 1);
    int n =
        nr_sys_poller_wait(r->poller, r->batch, NR_SYS_EVENTS_MAX, timeout_ns);
    for (int i = n - 1; i >= 0; i--)
        nr_registration_dispatch(r->batch[i].token, r->batch[i].ready);
    nr_store_u32_release(&r->is_out, 0); /* to nr_reactor_bury */
    return n;
}

static void reactor_wake(nr_driver *driver)
{
    nr_sys_poller_wake(((nr_reactor *)driver)->poller);
}

static void reactor_destroy(nr_driver *driver)
{
    nr_reactor *r = (nr_reactor *)driver;
    reactor_destroy_all(r->live);
    reactor_destroy_all(nr_load_ptr_relaxed(&r->dead));
    nr_sys_poller_destroy(r->poller);
    nr_sys_mutex_deinit(&r->lock);
    nr_sys_free(r);
}

static const nr_driver_ops reactor_ops = {
    .wait = reactor_wait,
    .wake = reactor_wake,
    .destroy = reactor_destroy,
};

static int reactor_create(nr_reactor **out)
{
    nr_reactor *r = nr_sys_alloc(sizeof *r);
    if (!r)
        return -ENOMEM;
    int err = nr_sys_mutex_init(&r->lock);
    if (err)
        goto free_memory;
    err = nr_sys_poller_create(&r->poller);
    if (err)
        goto deinit_lock;
    r->base.ops = &reactor_ops;
    r->generation = nr_fork_generation();
    r->live = NULL;
    nr_store_ptr_relaxed(&r->dead, NULL);
    r->dead_count = 0;
    nr_store_u32_relaxed(&r->is_out, 0);
    nr_store_u32_relaxed(&r->base.watched, 0);
    *out = r;
    return 0;
deinit_lock:
    nr_sys_mutex_deinit(&r->lock);
free_memory:
    nr_sys_free(r);
    return err;
}

int nr_reactor_current(nr_reactor **out)
{
    nr_driver *installed = nr_driver_installed();
    nr_reactor *created = NULL; /* for GCC under -flto */
    if (!installed) {
        int err = reactor_create(&created);
        if (err)
            return err;
        installed = nr_driver_install(&created->base);
        if (installed != &created->base)
            reactor_destroy(&created->base);
    }
    *out = (nr_reactor *)installed;
    return 0;
}
