/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_WORKER_H
#define NANORUN_RT_INTERNAL_WORKER_H

/*
 * A worker: a thread, its queues, its share of the task list and timers, and
 * where it parks. Each group of fields is on cache lines of its own.
 */

#include "nanorun/rt/internal/deque.h"
#include "nanorun/rt/internal/task.h"
#include "nanorun/rt/internal/timers.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nr_worker {
    nr_scheduler scheduler; /* first: a task knows its worker by it */

    /* Constant once the thread runs. */
    NR_OWN_LINE nr_runtime *rt;
    nr_sys_thread thread;
    uint16_t index;

    /* Of the own thread; others read the atomics. */
    NR_OWN_LINE nr_task *task; /* the one that it polls now */
    uint64_t random;
    size_t looked_up_to; /* yielded tasks before this have waited for a look at
                            the driver */
    nr_atomic_size spawned; /* how many tasks */
    nr_atomic_size ended;   /* how many tasks it polled last */
    nr_atomic_u32 tick;     /* rounds, each of one task or none */
    uint32_t due;           /* the tick when it is not the newest's turn */
    uint32_t look_tick;     /* the tick when a look is due */
    uint32_t look_every;    /* polls from one look to the next */
    uint64_t look_ns;       /* when the last look was; 0: before a rest */
    uint32_t look_due;   /* the tick when the tasks of the driver's last events
                            have had their turn */
    uint32_t polls_seen; /* of others, when it last considered a nap */
    uint8_t probes;      /* that it makes before it parks: search.h */
    bool owes_injected;  /* the injector has its turn next */
    bool dispatching;    /* in the driver: pushes do not notify */
    bool has_pushed;     /* and owes a look at the sleepers */

    /* Of whoever wakes it. */
    NR_OWN_LINE nr_worker *sleeper_next; /* the idle lock, as is prev */
    nr_worker *sleeper_prev;
    bool asleep;              /* among the sleepers; the idle lock */
    bool searching;           /* counted as a searcher; idle.h */
    bool exited;              /* will not park again; park_lock */
    nr_atomic_u32 park_state; /* park.c */
    nr_sys_mutex park_lock;
    nr_sys_cond park_wake;

    NR_OWN_LINE nr_deque local;   /* newest first for the owner, stolen oldest
                                     first */
    NR_OWN_LINE nr_deque yielded; /* oldest first for all */
    NR_OWN_LINE nr_timers timers;
};

/* Of a zeroed one. Returns 0 or -ENOMEM. deinit: of a worker whose thread has
 * ended. */
int nr_worker_init(nr_worker *w, nr_runtime *rt, unsigned index, uint64_t seed);
void nr_worker_deinit(nr_worker *w);

/* The thread's function: runs tasks until the runtime stops. */
void nr_worker_main(void *worker);

/* The calling thread's; NULL: it is none. Each wake-up asks, so it is inline.
 */
extern NR_THREAD_LOCAL nr_worker *nr_worker_current_;
static inline nr_worker *nr_worker_current(void)
{
    return nr_worker_current_;
}

/* Queues a task that became runnable. Own thread. */
void nr_worker_push(nr_worker *w, nr_task *task);

/* The oldest task of the injector, or NULL. Of a fair share of the injector,
 * `most` tasks at most, the others go to the queue of `w`. Own thread. */
nr_task *nr_worker_take_injected(nr_worker *w, size_t most);

/* Parks the calling worker until it is unparked, or the driver has something;
 * what the driver woke is in its queue then. park.c */
void nr_worker_park(nr_worker *w);

/* Makes the current or else the next park of `w` return. Any thread that keeps
 * the runtime alive. park.c */
void nr_worker_unpark(nr_worker *w);

/* The worker that has the driver token; NULL: none has. Any thread. park.c */
nr_worker *nr_worker_of_token(nr_runtime *rt);

/* Wakes a sleeper where it pays, for all that was pushed before. Own thread. */
void nr_worker_announce(nr_worker *w);

/* Whether nobody waits for sockets and there are some. Any thread, as a hint.
 */
bool nr_worker_could_drive(const nr_worker *w);

/* Looks at the driver and the timers without waiting, where there is anything
 * to look at and nobody else does. Own thread. park.c */
void nr_worker_look(nr_worker *w);

#ifdef __cplusplus
}
#endif

#endif
