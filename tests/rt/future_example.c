/* SPDX-License-Identifier: MIT */

/*
 * The worked example of nanorun/rt/future.h, word for word between the two
 * marks, which a test compares with it; and an async function that uses it.
 */

#include "tests/rt/future_example.h"

#include <pthread.h>
#include <stdlib.h>

/* example begins */
/* clang-format off */
typedef struct event {
    pthread_mutex_t lock;
    bool set;
    nr_waker *waker;          // of the one task that waits, or NULL
} event;

void event_set(event *e)                              // any thread
{
    pthread_mutex_lock(&e->lock);
    e->set = true;
    nr_waker *waker = e->waker;
    e->waker = NULL;
    pthread_mutex_unlock(&e->lock);
    nr_waker_wake(waker);                  // outside the lock
    nr_waker_drop(waker);
}

typedef struct event_wait_future {
    nr_future base;
    nr_unit result;
    event *e;
} event_wait_future;

static nr_poll event_wait_poll(nr_future *self, nr_context *cx)
{
    event *e = ((event_wait_future *)self)->e;
    pthread_mutex_lock(&e->lock);
    bool set = e->set;
    if (!set)
        nr_waker_store(&e->waker, cx->waker);
    pthread_mutex_unlock(&e->lock);
    return set ? NR_READY : NR_PENDING;
}

static void event_wait_drop(nr_future *self)
{
    event *e = ((event_wait_future *)self)->e;
    pthread_mutex_lock(&e->lock);
    nr_waker *waker = e->waker;
    e->waker = NULL;
    pthread_mutex_unlock(&e->lock);
    nr_waker_drop(waker);
    nr_future_free(self);
}

static const nr_future_ops event_wait_ops = NR_FUTURE_OPS(
    event_wait_future, event_wait_poll, NULL, event_wait_drop);

event_wait_future *event_wait(event *e)
{
    event_wait_future *f = NR_FUTURE_NEW(event_wait_future,
                                         &event_wait_ops);
    if (f)
        f->e = e;
    return f;
}
/* clang-format on */
/* example ends */

struct example {
    event e;
};

example *example_new(void)
{
    example *x = calloc(1, sizeof *x);
    if (!x || pthread_mutex_init(&x->e.lock, NULL))
        abort();
    return x;
}

void example_free(example *x)
{
    pthread_mutex_destroy(&x->e.lock);
    free(x);
}

void example_set(example *x)
{
    event_set(&x->e);
}

bool example_is_waited_for(example *x)
{
    pthread_mutex_lock(&x->e.lock);
    bool is = x->e.waker != NULL;
    pthread_mutex_unlock(&x->e.lock);
    return is;
}

ASYNC_DEFINE(int, example_wait, ((example *, x)))
{
    ASYNC_BEGIN(example_wait);
    AWAIT(event_wait(&self->x->e));
    ASYNC_RETURN(42);
    ASYNC_END;
}
