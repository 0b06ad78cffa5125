/* SPDX-License-Identifier: MIT */

/*
 * How workers sleep and are woken. Mirrored, each under its name:
 *
 *   nanorun/rt/idle.c     all but init
 *   nanorun/rt/park.c     all; the timers are nr_timer_arm, nr_timers_watch
 *   nanorun/rt/worker.c   nr_worker_push, take_injected, take_yielded, next,
 *                         search, any_work, rest, announce, nr_worker_main
 *   nanorun/rt/runtime.c  schedule, stop, nr_driver_install
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
 * but the same before what has yielded.
 *
 * run: -DITEM_0=PLAIN -DSTOPS_AT_ONCE
 * run: -DITEM_0=PLAIN -DITEM_1=STAYER
 * run: -DITEM_0=SPAWNER
 * run: -DITEM_0=YIELDER
 * run: -DITEM_0=ARMER
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
 * mutant: LAST_SEARCHER_SILENT: left: -DITEM_0=PLAIN -DITEM_1=STAYER
 *   The last searcher that finds work wakes no other.
 * mutant: BATCH_SILENT: left: -DITEM_0=PLAIN -DITEM_1=STAYER
 *   What is moved from the injector to a local queue is not announced.
 * mutant: PARK_OVER_NOTIFIED: left: -DITEM_0=PLAIN
 *   PARKED is set whatever park_state was.
 * mutant: SIGNAL_UNLOCKED: end state: -DITEM_0=PLAIN
 *   The condition is signalled without its lock.
 * mutant: REST_SILENT: left: -DITEM_0=SERVER
 *   A worker goes from the driver to run a task and wakes nobody to drive.
 * mutant: LOOK_SILENT: left: -DITEM_0=ARMER
 *   A look lets go of the token and wakes nobody to take it.
 * mutant: WATCH_UNLOCKED: left: -DITEM_0=ARMER
 *   The driver looks at a wheel, then leaves its note there.
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
#define NOBODY 15

byte kind[3], place[3] = NOWHERE;
byte left; /* items that have not ended */
bool stopped;

/* nr_idle */
byte searchers, sleepers;
bool idle_lock;
bool asleep[WORKERS], searching[WORKERS];

/* park_state and its lock and condition */
mtype = { EMPTY, PARKED, DRIVING, NOTIFIED };
mtype park_state[WORKERS] = EMPTY;
bool park_lock[WORKERS], waits_for_signal[WORKERS];

/* The drivers: 0 has no sockets, 1 is the reactor. */
bool token, driver, woken[2], readable;
byte drivers; /* how many wait in one */

/* A wheel of one timer a worker. */
bool armed[WORKERS], noted_armed[WORKERS];
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

/* ---- park.c: unpark ---- */

/* What is after the exchange, without its lock: that one is for `exited`. */
inline wake_driver()
{
    in_driver = driver;
    woken[in_driver] = true;
    in_driver = 0
}

inline nr_worker_unpark(u)
{
    d_step { old_state = park_state[u]; park_state[u] = NOTIFIED }
    if
    :: old_state == PARKED ->
#ifdef MUTANT_SIGNAL_UNLOCKED
        waits_for_signal[u] = false
#else
        atomic { !park_lock[u] -> waits_for_signal[u] = false }
#endif
    :: old_state == DRIVING -> wake_driver()
    :: else
    fi;
    old_state = EMPTY
}

/* ---- idle.c ---- */

#define wants_one (sleepers > 0 && searchers == 0)

inline nr_idle_notify()
{
    if
    :: wants_one ->
        atomic { !idle_lock -> is_wanted = wants_one; idle_lock = is_wanted }
        if
        :: is_wanted ->
            atomic {
                if
                :: asleep[0] -> sleeper = 0
                :: asleep[1] -> sleeper = 1
                :: asleep[WORKERS - 1] -> sleeper = WORKERS - 1
                fi;
                asleep[sleeper] = false;
                searching[sleeper] = true;
                sleepers--;
                searchers++;
                idle_lock = false
            }
            nr_worker_unpark(sleeper)
        :: else
        fi;
        is_wanted = false;
        sleeper = 0
    :: else
    fi
}

inline nr_idle_begin_search()
{
    if
    :: searching[w]
    :: !searching[w] && 2 * searchers < WORKERS ->
        d_step { searchers++; searching[w] = true }
    :: !searching[w] && 2 * searchers >= WORKERS
    fi
}

inline nr_idle_end_search()
{
    d_step { searching[w] = false; searchers--; is_last = searchers == 0 }
    if
#ifndef MUTANT_LAST_SEARCHER_SILENT
    :: is_last -> is_last = false; nr_idle_notify()
#endif
    :: else
    fi
}

inline nr_idle_enter()
{
    atomic {
        !idle_lock ->
        asleep[w] = true;
        sleepers++;
        searchers = searchers - searching[w];
        searching[w] = false
    }
}

inline nr_idle_leave()
{
    atomic {
        !idle_lock ->
        sleepers = sleepers - asleep[w];
        asleep[w] = false
    }
}

/* ---- park.c ---- */

inline try_token()
{
    d_step { has_token = !token; token = true }
}

inline release_token()
{
    d_step { assert(token); token = false; has_token = false }
}

/* What both drivers' wait does, once it is due; dispatching, so a push is
 * not announced. */
inline dispatch()
{
    woken[in_driver] = false;
    if
    :: in_driver == 1 && readable ->
        readable = false;
        place[CHILD_OF_SOCKET] = w
    :: else
    fi
}

/* All timers that are armed are due, or none is. */
inline fire_timer(i)
{
    atomic {
        if
        :: armed[i] -> armed[i] = false; place[CHILD] = w
        :: else
        fi
    }
}

inline fire_timers()
{
    fire_timer(0);
#if WORKERS == 3
    fire_timer(2);
#endif
    fire_timer(1)
}

#define any_timer (armed[0] || armed[1] || armed[WORKERS - 1])

inline nr_worker_look()
{
    in_driver = driver;
    if
    :: in_driver == 1 || any_timer ->
        try_token();
        if
        :: has_token ->
            d_step { drivers++; assert(drivers == 1) }
            if
            :: in_driver == 1 -> atomic { dispatch() }
            :: else
            fi;
            if
            :: fire_timers()
            :: true
            fi;
            drivers--;
            in_driver = 0;
            release_token();
#ifndef MUTANT_LOOK_SILENT
            nr_idle_notify()
#endif
        :: else -> in_driver = 0
        fi
    :: else
    fi
}

/* nr_timers_watch: who arms an earlier one will see the note. */
inline nr_timers_watch(i)
{
#ifdef MUTANT_WATCH_UNLOCKED
    is_wanted = armed[i];
    d_step {
        noted[i] = w;
        noted_armed[i] = is_wanted;
        has_deadline = has_deadline || is_wanted;
        is_wanted = false
    }
#else
    d_step {
        noted[i] = w;
        noted_armed[i] = armed[i];
        has_deadline = has_deadline || armed[i]
    }
#endif
}

inline driver_wait()
{
    d_step { drivers++; assert(drivers == 1) }
    if
    :: atomic { woken[in_driver] || (in_driver == 1 && readable) -> dispatch() }
        if
        :: fire_timers()
        :: true
        fi
    :: has_deadline -> fire_timers()
    fi;
    drivers--
}

inline drive()
{
    nr_timers_watch(0);
    nr_timers_watch(1);
#if WORKERS == 3
    nr_timers_watch(2);
#endif
    in_driver = driver;
    d_step {
        old_state = park_state[w];
        if
        :: old_state == EMPTY -> park_state[w] = DRIVING
        :: else
        fi
    }
    if
    :: old_state == EMPTY ->
#ifdef MUTANT_DRIVER_READ_LATE
        in_driver = driver;
#endif
        driver_wait()
    :: else
    fi;
    has_deadline = false;
    in_driver = 0;
    old_state = EMPTY;
    park_state[w] = EMPTY
}

inline wait_parked()
{
    atomic {
        !park_lock[w] ->
        park_lock[w] = true;
        if
#ifdef MUTANT_PARK_OVER_NOTIFIED
        :: true -> park_state[w] = PARKED
#else
        :: park_state[w] == EMPTY -> park_state[w] = PARKED
#endif
        :: else
        fi
    }
    do
    :: park_state[w] == NOTIFIED -> break
    :: else ->
        d_step { waits_for_signal[w] = true; park_lock[w] = false }
        atomic { !waits_for_signal[w] && !park_lock[w] -> park_lock[w] = true }
    od;
    atomic { park_state[w] = EMPTY; park_lock[w] = false }
}

inline nr_worker_park()
{
    try_token();
    if
    :: has_token ->
        drive();
        release_token()
    :: else -> wait_parked()
    fi
}

/* ---- worker.c ---- */

/* One, or two where the share is that large. */
inline take_injected()
{
    atomic {
        take(INJECTOR, task);
        if
        :: task != NOBODY -> take(INJECTOR, more)
        :: true
        fi
    }
    if
    :: more != NOBODY ->
        d_step { place[more] = w; more = NOBODY }
#ifndef MUTANT_BATCH_SILENT
        nr_idle_notify()
#endif
    :: else
    fi
}

inline take_yielded()
{
    if
    :: has_work(YIELDED(w)) ->
        if
        :: driver == 1 || any_timer -> nr_worker_look(); take(w, task)
        :: true
        fi;
        if
        :: task == NOBODY -> take(YIELDED(w), task)
        :: else
        fi
    :: else
    fi
}

inline next()
{
    if
    :: has_work(YIELDED(w)) -> take(YIELDED(w), task) /* take_oldest */
    :: true
    fi;
    if
    :: task == NOBODY -> take(w, task)
    :: else
    fi;
    if
    :: task == NOBODY -> take_injected()
    :: else
    fi;
    if
    :: task == NOBODY -> take_yielded()
    :: else
    fi
}

/* Of so few items, half of a queue is one. */
inline steal_from(v)
{
    if
    :: task == NOBODY -> take(v, task)
    :: else
    fi;
    if
    :: task == NOBODY -> take(YIELDED(v), task)
    :: else
    fi
}

inline search()
{
    nr_idle_begin_search();
    if
    :: searching[w] ->
#if WORKERS == 3
        if
        :: true -> steal_from((w + 1) % 3); steal_from((w + 2) % 3)
        :: true -> steal_from((w + 2) % 3); steal_from((w + 1) % 3)
        fi;
#else
        steal_from(1 - w);
#endif
        if
        :: task == NOBODY -> take_injected()
        :: else
        fi
    :: else
    fi
}

inline look_at(v)
{
    has_seen = has_seen || has_work(v);
    has_seen = has_seen || has_work(YIELDED(v))
}

/* The own queues are empty: who rests has found so, and nobody else pushes. */
inline any_work()
{
    assert(!has_work(w) && !has_work(YIELDED(w)));
    look_at((w + 1) % WORKERS);
#if WORKERS == 3
    look_at((w + 2) % WORKERS);
#endif
    has_seen = has_seen || has_work(INJECTOR)
}

inline rest()
{
#ifdef MUTANT_LOOKS_BEFORE_ENTER
    any_work();
    nr_idle_enter();
#else
    nr_idle_enter();
    any_work();
#endif
    if
#ifndef MUTANT_REST_UNCHECKED
    :: has_seen -> has_seen = false; nr_idle_notify()
#endif
    :: else
    fi;
    if
    :: !stopped -> nr_worker_park()
    :: else
    fi;
    nr_idle_leave()
}

inline announce()
{
    if
    :: searching[w] -> nr_idle_end_search()
#ifndef MUTANT_REST_SILENT
    :: !searching[w] -> nr_idle_notify()
#else
    :: else
#endif
    fi
}

/* nr_timer_arm, on the own wheel. */
inline arm()
{
    d_step {
        armed[w] = true;
        if
        :: noted[w] != NOBODY && !noted_armed[w] ->
            to_unpark = noted[w];
            noted[w] = NOBODY
        :: else
        fi
    }
    if
    :: to_unpark != NOBODY && to_unpark != w -> nr_worker_unpark(to_unpark)
    :: else
    fi;
    to_unpark = NOBODY
}

inline run_it()
{
    if
    :: kind[task] == SPAWNER -> place[CHILD] = w; nr_idle_notify()
    :: kind[task] == OPENER || kind[task] == LISTENER ->
        driver = 1; /* nr_driver_install */
        woken[0] = true
    :: else
    fi;
    if
    :: kind[task] == ARMER || kind[task] == SERVER -> arm()
    :: else
    fi;
    if
    :: kind[task] >= YIELDER ->
        d_step {
            kind[task] = (kind[task] == SERVER -> PLAIN : STAYER);
            place[task] = YIELDED(w);
            task = NOBODY
        }
    :: else ->
        left--;
        if
        :: kind[task] == STAYER -> left == 0
        :: true
        fi;
        task = NOBODY
    fi
}

proctype worker(byte w)
{
    byte task = NOBODY, more = NOBODY, to_unpark = NOBODY, sleeper;
    bool has_rested, has_seen, has_token, has_deadline, is_wanted, is_last;
    bool in_driver;
    mtype old_state = EMPTY;
    do
    :: stopped -> break
    :: else ->
        next();
        if
        :: task == NOBODY -> search(); has_rested = true
        :: else
        fi;
        if
        :: task == NOBODY -> rest()
        :: else ->
            if
            :: has_rested || searching[w] -> announce()
            :: else
            fi;
            has_rested = false;
            run_it()
        fi
    od
}

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
        kind[CHILD] = PLAIN;
        kind[CHILD_OF_SOCKET] = PLAIN;
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
