/* SPDX-License-Identifier: MIT */
#include "nanorun/io/reactor/reactor.h"

#include <errno.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/rt/sched/driver.h"
#include "nanorun/sys/memory.h"

typedef struct reactor {
    nr_driver base; /* first: a driver is cast to its reactor */
    nr_registry registry;
    nr_sys_event batch[NR_SYS_EVENTS_MAX]; /* the token holder's */
} reactor;
_Static_assert(offsetof(reactor, base) == 0, "a driver is cast to its reactor");

static void reactor_destroy_dead(reactor *r)
{
    nr_link freed;
    nr_registry_take_dead(&r->registry, &freed);
    nr_registration_destroy_all(&freed);
}

/* A worker runs its newest task first, so the events are dispatched in reverse
 * order: the task of the first event runs first, and no connection waits for
 * two rounds. */
static int reactor_wait(nr_driver *driver, uint64_t timeout_ns)
{
    reactor *r = (reactor *)driver;
    if (nr_registry_has_dead(&r->registry))
        reactor_destroy_dead(r);
    nr_registry_begin_batch(&r->registry);
    int n = nr_sys_poller_wait(r->registry.poller, r->batch, NR_SYS_EVENTS_MAX,
                               timeout_ns);
    for (int i = n - 1; i >= 0; i--)
        nr_registration_dispatch(r->batch[i].token, r->batch[i].ready);
    nr_registry_end_batch(&r->registry);
    return n;
}

static void reactor_wake(nr_driver *driver)
{
    nr_sys_poller_wake(((reactor *)driver)->registry.poller);
}

static void reactor_destroy(nr_driver *driver)
{
    reactor *r = (reactor *)driver;
    nr_registration_destroy_all(&r->registry.live);
    nr_registration_destroy_all(&r->registry.dead);
    nr_registry_deinit(&r->registry);
    nr_sys_free(r);
}

static const nr_driver_ops reactor_ops = {
    .wait = reactor_wait,
    .wake = reactor_wake,
    .destroy = reactor_destroy,
};

static int reactor_create(reactor **out)
{
    reactor *r = nr_sys_alloc(sizeof *r);
    if (!r)
        return -ENOMEM;
    int error = nr_registry_init(&r->registry, &r->base.watched);
    if (error) {
        nr_sys_free(r);
        return error;
    }
    r->base.ops = &reactor_ops;
    nr_store_u32_relaxed(&r->base.watched, 0);
    *out = r;
    return 0;
}

int nr_reactor_registry(nr_registry **out)
{
    nr_driver *installed = nr_driver_installed();
    reactor *created = NULL; /* for GCC under -flto */
    if (!installed) {
        int error = reactor_create(&created);
        if (error)
            return error;
        installed = nr_driver_install(&created->base);
        if (installed != &created->base)
            reactor_destroy(&created->base);
    }
    *out = &((reactor *)installed)->registry;
    return 0;
}
