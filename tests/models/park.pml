/* SPDX-License-Identifier: MIT */

/*
 * How workers sleep and are woken. Mirrored, each under its name, without the
 * prefix of its file:
 *
 *   nanorun/rt/sched/idle.c         all but init
 *   nanorun/rt/sched/park.c         all; the timers are nr_timers_settle and
 *                                   nr_timer_wheels_watch
 *   nanorun/rt/thread/parker.c      all but init; unpark is nr_worker_unpark
 *   nanorun/rt/sched/worker.c       nr_worker_push, nr_worker_take_injected
 *   nanorun/rt/sched/search.c       all
 *   nanorun/rt/sched/worker_loop.c  take_yielded, next, any_work, rest, announce,
 *                                   nr_worker_main
 *   nanorun/rt/sched/handle.c       handle_schedule
 *   nanorun/rt/sched/runtime.c      stop; nr_driver_install is in driver.c
 *
 * The world: WORKERS workers, and one or two items of work. Some are pushed
 * into the injector by a thread; others are there from the start, and have a
 * first poll that spawns, arms a timer, or opens a socket, which all bring one
 * more item, the CHILD, and then yields. The last poll returns, or does not
 * before all items have ended. When all is done the runtime is stopped.
 *
 * Proved, in every interleaving: no item stays while a worker sleeps that could
 * run it, also when all others are in polls that do not return; a timer that is
 * armed and a socket that is readable find a driver; a driver is woken out of
 * what it waits in; one worker at a time is in the driver; the stop reaches
 * all.
 *
 * Assumed: one order of all steps, as the code has by seq_cst for what two
 * sides store and then look at: queues, `state` of the idle, token, park_state.
 * What the locks guard is one step, but where a look outside the lock can come
 * between. A queue's push, pop and steal are one step each, as deque.h argues;
 * it never overflows. Which item of a queue is taken is left open, and whether
 * it is the oldest that has yielded. The look of every 61st time is not here,
 * but the same before what has yielded. Whether nr_worker_push looks at the
 * sleepers at once is open, too: its store may be late, or somebody naps; so
 * the hint may be wrong, but not the look when the poll has ended. That naps
 * end by themselves is not needed for that, and not here. A search is one
 * probe, the last: those before it take what that could have taken then. With
 * STALE all wheels are in the set from the start, as after a timer that was
 * disarmed.
 *
 * run: -DITEM_0=PLAIN -DSTOPS_AT_ONCE
 * run: -DITEM_0=PLAIN -DITEM_1=STAYER
 * run: -DITEM_0=STAYER -DITEM_1=YIELDER
 * run: -DITEM_0=SPAWNER
 * run: -DITEM_0=SPAWNER -DCHILD_KIND=STAYER
 * run: -DITEM_0=YIELDER
 * run: -DITEM_0=ARMER
 * run: -DITEM_0=ARMER -DSTALE=true
 * run: -DITEM_0=OPENER
 * run: -DITEM_0=PLAIN -DITEM_1=LISTENER
 * run: -DITEM_0=SERVER
 * ends: -DITEM_0=PLAIN
 * ends: -DITEM_0=YIELDER
 *
 * mutant: REST_UNCHECKED: left: -DITEM_0=PLAIN
 *   A worker that goes to sleep does not look at the queues again.
 * mutant: LOOKS_BEFORE_ENTER: left: -DITEM_0=PLAIN
 *   It looks before it is among the sleepers.
 * mutant: INJECTOR_LAST: left: -DITEM_0=STAYER -DITEM_1=YIELDER
 *   It looks at the queues before it looks at the injector.
 * mutant: LAST_SEARCHER_SILENT: left: -DITEM_0=PLAIN -DITEM_1=STAYER
 *   The last searcher that finds work wakes no other.
 * mutant: BATCH_SILENT: left: -DITEM_0=PLAIN -DITEM_1=STAYER
 *   What is moved from the injector to a local queue is not announced.
 * mutant: PUSH_SILENT: left: -DITEM_0=SPAWNER
 *   A worker that has pushed does not look at the sleepers after its poll.
 * mutant: YIELDED_SILENT: left: -DITEM_0=SPAWNER -DCHILD_KIND=STAYER
 *   Nor does it where only what has yielded is left in its queues.
 * mutant: PARK_OVER_NOTIFIED: left: -DITEM_0=PLAIN
 *   PARKED is set whatever park_state was.
 * mutant: SIGNAL_UNLOCKED: end state: -DITEM_0=PLAIN
 *   The condition is signalled without its lock.
 * mutant: REST_SILENT: left: -DITEM_0=SERVER
 *   A worker goes from the driver to run a task and wakes nobody to drive.
 * mutant: LOOK_SILENT: left: -DITEM_0=ARMER
 *   A look lets go of the token and wakes nobody to take it.
 * mutant: WATCH_UNLOCKED: left: -DITEM_0=ARMER -DSTALE=true
 *   The driver looks at a wheel, then leaves its note there.
 * mutant: ARM_SILENT: left: -DITEM_0=ARMER
 *   A worker whose wheel was not in the set tells no driver.
 * mutant: ARM_LOOKS_EARLY: left: -DITEM_0=ARMER
 *   It looks for a driver before it puts the wheel there.
 * mutant: AWAKE_LATE: left: -DITEM_0=SERVER
 *   A worker is in the set of those that are awake only once it has announced
 *   what it brought from the driver.
 * mutant: DRIVER_READ_LATE: end state: -DITEM_0=PLAIN -DITEM_1=LISTENER
 *   A worker says that it is in the driver before it knows in which one.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef ITEM_1
#define ITEM_1 NONE
#endif

/* Kinds of items, by their next poll. */
#define NONE 0
#define PLAIN 1    /* ends */
#define STAYER 2   /* ends, and may not return before all have ended */
#define YIELDER 3  /* yields, the rest is STAYER */
#define SPAWNER 4  /* the same, and spawns */
#define ARMER 5    /* the same, and arms a timer */
#define OPENER 6   /* the same, and opens a socket, which will be readable */
#define LISTENER 7 /* the same, at which nothing comes */
#define SERVER 8   /* ARMER, then PLAIN, and a socket; the timer's stays */

/* Where an item is: in a local queue, 0 to WORKERS - 1, or */
#define YIELDED(w) (WORKERS + (w))
#define INJECTOR (2 * WORKERS)
#define NOWHERE 10 /* not made yet, in some worker's hands, or at its end */

#define CHILD 2
#if ITEM_0 == 8
#define CHILD_OF_SOCKET 1
#else
#define CHILD_OF_SOCKET CHILD
#endif
#ifndef CHILD_KIND
#define CHILD_KIND PLAIN
#endif
#define NOBODY 15

byte kind[3], place[3] = NOWHERE;
byte left; /* items that have not ended */
bool stopped;

/* nr_idle */
byte searchers, sleepers;
bool idle_lock;
bool asleep[WORKERS], searching[WORKERS];
bool away[WORKERS]; /* not in the set `awake` */

/* park_state and its lock and condition */
mtype = { EMPTY, PARKED, DRIVING, NOTIFIED };
mtype park_state[WORKERS] = EMPTY;
bool park_lock[WORKERS], waits_for_signal[WORKERS];

/* The drivers: 0 has no sockets, 1 is the reactor. */
byte token; /* 1 + its holder */
bool driver, woken[2], readable;
byte drivers; /* how many wait in one */

/* A wheel of one timer a worker. */
bool armed[WORKERS], noted_armed[WORKERS];
#ifndef STALE
#define STALE false
#endif
bool in_set[WORKERS] = STALE; /* rt->armed */
byte noted[WORKERS] = NOBODY;

#define has_work(q) \
    (place[0] == (q) || place[1] == (q) || place[2] == (q))

/* Any of the queue; NOBODY where it is empty. */
inline take(q, item)
{
    atomic {
        if
        :: place[0] == q -> item = 0
        :: place[1] == q -> item = 1
        :: place[2] == q -> item = 2
        :: else -> item = NOBODY
        fi;
        if
        :: item != NOBODY -> place[item] = NOWHERE
        :: else
        fi
    }
}

#include "park_idle.pml"
#include "park_worker.pml"

/* ---- the others ---- */

/* schedule, by a thread that is no worker. */
inline push(item)
{
    place[item] = INJECTOR;
    nr_idle_notify()
}

proctype producer()
{
    byte sleeper;
    bool is_wanted, in_driver;
    mtype old_state = EMPTY;
#if ITEM_1 != NONE && ITEM_1 <= YIELDER
    push(1);
#endif
#if ITEM_0 <= YIELDER
    push(0)
#endif
}

/* Data comes once there is a socket. */
proctype kernel()
{
    atomic { driver == 1 -> readable = true }
}

proctype stop()
{
    byte i;
    bool in_driver;
    mtype old_state = EMPTY;
#ifdef STOPS_AT_ONCE
    left == 0;
#else
    timeout; /* nobody can go on: all sleep */
    assert(left == 0);
#endif
    stopped = true;
    for (i : 0 .. WORKERS - 1) {
        nr_worker_unpark(i)
    }
}

inline produce(item, its_kind)
{
    if
    :: its_kind == NONE
    :: its_kind != NONE ->
        kind[item] = its_kind;
        left++;
        if
        :: its_kind >= SPAWNER -> place[item] = 0
        :: else
        fi
    fi;
    if
    :: SPAWNER <= its_kind && its_kind <= OPENER -> left++
    :: its_kind == SERVER -> left = left + 2; kind[CHILD] = STAYER; driver = 1
    :: else
    fi;
    if
    :: its_kind == OPENER || its_kind == SERVER -> run kernel()
    :: else
    fi
}

init {
    atomic {
        kind[CHILD_OF_SOCKET] = PLAIN;
        kind[CHILD] = CHILD_KIND;
        run worker(0);
        run worker(1);
#if WORKERS == 3
        run worker(2);
#endif
        produce(0, ITEM_0);
        produce(1, ITEM_1);
        run producer();
        run stop()
    }
}
