/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_PARKER_H
#define NANORUN_RT_THREAD_PARKER_H

/*
 * Where a worker waits: on a condition of its own, or in the driver, of which
 * its runtime has one. Who unparks it need not know which. The token says who
 * is in the driver.
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
    /* Waits until woken, or something is ready, or `timeout_ns` has passed (0:
     * looks only; UINT64_MAX: no bound), and wakes the tasks of what is ready.
     * Returns how many events it dispatched. Holder of the token only. */
    int (*wait)(nr_driver *driver, uint64_t timeout_ns);
    /* Makes the current or else the next wait return. Any thread. */
    void (*wake)(nr_driver *driver);
    /* The tasks are gone, no worker waits: frees it. */
    void (*destroy)(nr_driver *driver);
} nr_driver_ops;

struct nr_driver {
    const nr_driver_ops *ops;
    nr_atomic_u32 watched; /* how many objects are registered, so that a look
                              can be saved; relaxed */
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

/* Waits on the condition until unparked, or until `deadline_ns`. Own thread, as
 * are the next ones. */
void nr_parker_wait(nr_parker *p, uint64_t deadline_ns);

/* Between the two a call that unparks wakes the driver. begin returns false if
 * such a call came before; then the worker must not wait in the driver. The
 * driver to wait in has been read before. */
bool nr_parker_begin_drive(nr_parker *p);
void nr_parker_end_drive(nr_parker *p);

/* The worker will not park again, and the driver may go. */
void nr_parker_exit(nr_parker *p);

/* Makes the current or else the next wait return. Any thread that keeps the
 * runtime alive. */
void nr_parker_unpark(nr_parker *p);

/* The driver token: one worker at a time has it, and only that one waits in the
 * driver. It is tried, never waited for. Zeroed, it is free. */
typedef struct nr_driver_token {
    nr_atomic_ptr holder; /* its nr_parker */
} nr_driver_token;

/* seq_cst, all three: see sched's park.c and timers.c. A try acquires what the
 * last holder did. */
static inline bool nr_driver_token_try(nr_driver_token *t, nr_parker *p)
{
    void *nobody = NULL;
    return nr_cas_ptr_seq_cst(&t->holder, &nobody, p);
}

static inline void nr_driver_token_release(nr_driver_token *t)
{
    nr_store_ptr_seq_cst(&t->holder, NULL);
}

/* NULL: it is free. */
static inline nr_parker *nr_driver_token_holder(const nr_driver_token *t)
{
    return (nr_parker *)nr_load_ptr_seq_cst(&t->holder);
}

#ifdef __cplusplus
}
#endif

#endif
