/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_PARKER_H
#define NANORUN_RT_THREAD_PARKER_H

/*
 * A parker is where a worker waits: on its own condition variable, or in the
 * driver, of which a runtime has one. A thread that unparks a worker need not
 * know which of the two it is. The driver token says who is in the driver.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_driver nr_driver;

typedef struct nr_driver_ops {
    /* Waits until it is woken, something is ready, or `timeout_ns` has passed
     * (0: does not wait; UINT64_MAX: no bound), and wakes the tasks that wait
     * for what is ready. Returns how many events it dispatched. Holder of the
     * token only. */
    int (*wait)(nr_driver *driver, uint64_t timeout_ns);
    /* Makes the wait under way return, or else the next one. Any thread. */
    void (*wake)(nr_driver *driver);
    /* Frees the driver. Called when no task is left and no worker waits. */
    void (*destroy)(nr_driver *driver);
} nr_driver_ops;

struct nr_driver {
    const nr_driver_ops *ops;
    nr_atomic_u32 watched; /* how many objects are registered; 0 saves a look;
                              relaxed */
};

typedef struct nr_parker {
    nr_atomic_u32 state;
    bool has_exited; /* lock */
    nr_sys_mutex lock;
    nr_sys_cond wake;
    const nr_atomic_ptr *driver; /* the runtime's place for its nr_driver */
} nr_parker;

/* Returns 0 or -ENOMEM. */
int nr_parker_init(nr_parker *p, const nr_atomic_ptr *driver);
void nr_parker_deinit(nr_parker *p);

/* Waits on the condition until unparked, or until `deadline_ns`. This function
 * and the next ones are for the worker's own thread. */
void nr_parker_wait(nr_parker *p, uint64_t deadline_ns);

/* Between begin and end, an unpark wakes the driver. begin returns false if an
 * unpark came before it; then the worker must not wait in the driver. The
 * worker reads the address of the driver before begin (sched/park.c says
 * why). */
bool nr_parker_begin_drive(nr_parker *p);
void nr_parker_end_drive(nr_parker *p);

/* Says that the worker will not park again; an unpark then leaves the driver
 * alone, which may be freed. */
void nr_parker_exit(nr_parker *p);

/* Makes the wait under way return, or else the next one. Any thread that keeps
 * the runtime alive. */
void nr_parker_unpark(nr_parker *p);

/* The driver token: one worker at a time holds it, and only the holder waits in
 * the driver. Workers try to take it and never wait for it. Zeroed, it is
 * free. */
typedef struct nr_driver_token {
    nr_atomic_ptr holder; /* its nr_parker */
} nr_driver_token;

/* All three are seq_cst, for the protocols in sched/park.c and time/timers.c. A
 * successful try acquires what the last holder wrote. */
static inline bool nr_driver_token_try(nr_driver_token *t, nr_parker *p)
{
    void *nobody = NULL;
    return nr_cas_ptr_seq_cst(&t->holder, &nobody, p);
}

static inline void nr_driver_token_release(nr_driver_token *t)
{
    nr_store_ptr_seq_cst(&t->holder, NULL);
}

/* Returns NULL if the token is free. */
static inline nr_parker *nr_driver_token_holder(const nr_driver_token *t)
{
    return (nr_parker *)nr_load_ptr_seq_cst(&t->holder);
}

#ifdef __cplusplus
}
#endif

#endif
