/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_GATE_H
#define TESTS_SUPPORT_GATE_H

/*
 * A gate that tasks wait at until a test opens it: how tests suspend a chain
 * without real time, and learn that it is suspended. It counts what the
 * runtime does with the futures of gate_wait. Once open it stays open until
 * gate_shut. Every function may be called from any thread.
 */

#include "nanorun/rt/future.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gate_wait_future gate_wait_future;

typedef struct gate {
    nr_sys_mutex lock;
    nr_sys_cond changed;
    bool open;
    gate_wait_future *waiters; /* pending ones, latest first */
    int waiting;               /* how many */
    int polls;
    int drops;
} gate;

void gate_init(gate *g);

/* Nobody waits any more. */
void gate_deinit(gate *g);

/* Awaitable void: goes on when the gate is open. */
gate_wait_future *gate_wait(gate *g);

/* Lets all through, now and later. */
void gate_open(gate *g);

/* Makes later ones wait again. */
void gate_shut(gate *g);

/* Wakes those who wait although nothing has happened. */
void gate_wake(gate *g);

/* Blocks the calling thread, no task, until `count` futures are pending. */
void gate_block_until_waiting(gate *g, int count);

/* Blocks the calling thread, no task, until there were `count` polls. */
void gate_block_until_polls(gate *g, int count);

/* Polls and drops of futures of gate_wait so far. */
int gate_polls(gate *g);
int gate_drops(gate *g);

struct gate_wait_future {
    nr_future base;
    nr_unit result;
    gate *g;
    nr_waker *waker; /* guarded by g->lock, as what follows; NULL: unlinked */
    gate_wait_future *next;
};

#ifdef __cplusplus
}
#endif

#endif
