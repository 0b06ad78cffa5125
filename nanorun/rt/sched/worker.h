/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_WORKER_H
#define NANORUN_RT_SCHED_WORKER_H

/*
 * A worker: a thread, its queues, its list of tasks, its timers and its parker.
 * Each group of fields is on cache lines of its own.
 */

#include "nanorun/rt/sched/deque.h"
#include "nanorun/rt/sched/idle.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/task/task.h"
#include "nanorun/rt/thread/parker.h"
#include "nanorun/rt/time/timers.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_worker nr_worker;

struct nr_worker {
    nr_scheduler scheduler; /* first: a task knows its worker by it */

    /* Constant once the thread runs. */
    NR_OWN_LINE nr_runtime *rt;
    nr_timers *timers;
    nr_sys_thread thread;
    uint16_t index;

    /* Of the own thread; others read the atomics. */
    NR_OWN_LINE nr_task *task; /* the one that it polls now, or NULL */
    uint64_t random;
    size_t looked_up_to;    /* index in `yielded`: a look followed the yields of
                               the tasks before it */
    nr_atomic_size spawned; /* how many tasks were spawned on this thread */
    nr_atomic_size ended;   /* how many tasks ended on this thread */
    nr_atomic_u32 tick;     /* rounds, each of one task or none */
    uint32_t due;           /* the next tick that may not take the newest */
    uint32_t look_tick;     /* the tick when a look is due */
    uint32_t look_every;    /* polls from one look to the next */
    uint64_t look_ns;       /* the time of the last look; 0: after a rest */
    uint32_t look_due;   /* the tick when the tasks of the driver's last events
                            have had their turn */
    uint32_t polls_seen; /* of others, when it last considered a nap */
    uint8_t probes;      /* how many the next search makes: search.c */
    bool owes_injected;  /* the injector has its turn next */
    bool dispatching;    /* in the driver: pushes do not notify */
    bool has_pushed;     /* and has yet to announce it */

    /* Used by threads that wake the worker. */
    NR_OWN_LINE nr_idler idler;
    nr_parker parker;

    NR_OWN_LINE nr_deque local;   /* newest first for the owner, stolen oldest
                                     first */
    NR_OWN_LINE nr_deque yielded; /* oldest first for all */
};

/* How many polls precede the first look at the driver: worker_loop.c. */
enum { NR_LOOK_EVERY_FIRST = 8 };

/* How many probes a search makes before its worker parks; the number falls to
 * NR_PROBES_MIN after several searches in vain. */
enum { NR_PROBES_MIN = 5, NR_PROBES_MAX = 16 };

/* init takes a zeroed worker and returns 0 or -ENOMEM. deinit takes a worker
 * whose thread has ended. */
int nr_worker_init(nr_worker *w, nr_runtime *rt, unsigned index, uint64_t seed);
void nr_worker_deinit(nr_worker *w);

/* The worker of the calling thread, or NULL if the thread is none. */
static inline nr_worker *nr_worker_current(void)
{
    return (nr_worker *)(void *)nr_scheduler_current();
}

/* Queues a task that became runnable. Own thread. */
void nr_worker_push(nr_worker *w, nr_task *task);

/* push_to puts a task into one of the worker's queues, which grows if it is
 * full; shrink gives memory back that the queue does not need. Own thread. */
void nr_worker_push_to_full_(nr_worker *w, nr_deque *queue, nr_task *task);
static inline void nr_worker_push_to(nr_worker *w, nr_deque *queue,
                                     nr_task *task)
{
    if (!nr_deque_push(queue, task))
        nr_worker_push_to_full_(w, queue, task);
}
void nr_worker_shrink_(nr_worker *w, nr_deque *queue);
static inline void nr_worker_shrink(nr_worker *w, nr_deque *queue)
{
    if (queue->rings)
        nr_worker_shrink_(w, queue);
}

/* Publishes all pushes before, and wakes a sleeper if no worker searches. Own
 * thread. */
void nr_worker_announce(nr_worker *w);

/* Takes a fair share of the injector, `most` tasks at most. Returns the oldest,
 * or NULL, and pushes the others to the queue of `w`. Own thread. */
nr_task *nr_worker_take_share_(nr_worker *w, size_t most);
static inline nr_task *nr_worker_take_injected(nr_worker *w, size_t most)
{
    return nr_injector_count(&w->rt->injector) == 0
               ? NULL
               : nr_worker_take_share_(w, most);
}

#ifdef __cplusplus
}
#endif

#endif
