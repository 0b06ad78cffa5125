// SPDX-License-Identifier: MIT

// Tasks that share a mutex, a semaphore, a barrier, and a pair of notifies:
// never more inside than may be, nobody forgotten, all given back.

#include "nanorun/rt/sync.h"
#include "tests/soak/soak.h"

namespace
{

enum { TASKS = 6, TURNS = 200 / SOAK_SHARE, PERMITS = 5, BOUNDS_MS = 2 };

Tally lockers("lockers", "locks held");
Tally parties("parties", "rounds of a barrier");
Tally players("players", "notifies");

class Locks;
ASYNC_DECLARE(void, locks_run, ((Locks *, w), (uint32_t, seed)));

class Locks : public WorkOf<Locks, locks_run_future, locks_run>
{
  public:
    Locks()
    {
        nr_mutex_init(&mutex);
        nr_semaphore_init(&semaphore, PERMITS);
        nr_barrier_init(&barrier, TASKS);
        nr_notify_init(&ping[0]);
        nr_notify_init(&ping[1]);
    }
    // The deinits stop the process where something is still in use.
    void check(bool was_cut) override
    {
        SOAK_CHECK(in_mutex == 0 && in_semaphore == 0);
        SOAK_CHECK(nr_mutex_try_lock(&mutex) == 0);
        nr_mutex_unlock(&mutex);
        SOAK_CHECK(nr_semaphore_try_acquire(&semaphore, PERMITS) == 0);
        SOAK_CHECK(was_cut ? leaders <= TURNS : leaders == TURNS);
        nr_mutex_deinit(&mutex);
        nr_semaphore_deinit(&semaphore);
        nr_barrier_deinit(&barrier);
        nr_notify_deinit(&ping[0]);
        nr_notify_deinit(&ping[1]);
    }
    nr_mutex mutex;
    nr_semaphore semaphore;
    nr_barrier barrier;
    nr_notify ping[2];
    int in_mutex = 0; // guarded by mutex
    std::atomic<uint32_t> in_semaphore{0};
    std::atomic<int> leaders{0};
};

// Holds the mutex, or some permits, over a few yields.
ASYNC_FN(void, hold, ((Locks *, w), (uint32_t, seed)), uint32_t permits, i;
         bool has_mutex;)
{
    ASYNC_BEGIN(hold);
    self->i = 1 + random_below(&self->seed, PERMITS);
    if (random_below(&self->seed, 2)) {
        AWAIT(nr_mutex_lock(&self->w->mutex));
        self->has_mutex = true;
        SOAK_CHECK(self->w->in_mutex++ == 0);
    } else {
        AWAIT(nr_semaphore_acquire(&self->w->semaphore, self->i));
        self->permits = self->i;
        SOAK_CHECK((self->w->in_semaphore += self->permits) <= PERMITS);
    }
    lockers.amount++;
    for (self->i = random_below(&self->seed, 3); self->i; self->i--)
        YIELD_NOW();
    ASYNC_FINALLY;
    if (self->has_mutex) {
        SOAK_CHECK(--self->w->in_mutex == 0);
        nr_mutex_unlock(&self->w->mutex);
    }
    self->w->in_semaphore -= self->permits;
    nr_semaphore_release(&self->w->semaphore, self->permits);
    ASYNC_END;
}

ASYNC_FN(void, lock_often, ((Locks *, w), (uint32_t, seed)), int i; Life life;)
{
    ASYNC_BEGIN(lock_often);
    lockers.begin(&self->life);
    for (self->i = 0; self->i < TURNS; self->i++) {
        if (random_below(&self->seed, 2))
            AWAIT(hold(self->w, self->seed));
        else
            AWAIT(TIMEOUT_MS(random_below(&self->seed, BOUNDS_MS),
                             hold(self->w, self->seed)));
    }
    self->life.has_returned = true;
    ASYNC_FINALLY;
    lockers.end(self->life);
    ASYNC_END;
}

ASYNC_FN(void, meet_often, ((Locks *, w)), int i; bool is_leader; Life life;)
{
    ASYNC_BEGIN(meet_often);
    parties.begin(&self->life);
    for (self->i = 0; self->i < TURNS; self->i++) {
        AWAIT(self->is_leader, nr_barrier_wait(&self->w->barrier));
        self->w->leaders += self->is_leader;
        parties.amount += self->is_leader;
    }
    self->life.has_returned = true;
    ASYNC_FINALLY;
    parties.end(self->life);
    ASYNC_END;
}

// Two take turns: neither is notified twice before it has waited.
ASYNC_FN(void, play, ((Locks *, w), (int, side)), int i; Life life;)
{
    ASYNC_BEGIN(play);
    players.begin(&self->life);
    for (self->i = 0; self->i < TURNS; self->i++) {
        if (self->side)
            AWAIT(nr_notify_wait(&self->w->ping[1]));
        nr_notify_one(&self->w->ping[1 - self->side]);
        players.amount++;
        if (!self->side)
            AWAIT(nr_notify_wait(&self->w->ping[0]));
    }
    self->life.has_returned = true;
    ASYNC_FINALLY;
    players.end(self->life);
    ASYNC_END;
}

ASYNC_DEFINE(void, locks_run, ((Locks *, w), (uint32_t, seed)), uint32_t i;
             nr_group g;)
{
    ASYNC_BEGIN(locks_run);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < TASKS; self->i++) {
        GROUP_SPAWN(&self->g,
                    lock_often(self->w, soak_seed(self->seed, self->i)));
        GROUP_SPAWN(&self->g, meet_often(self->w));
    }
    GROUP_SPAWN(&self->g, play(self->w, 0));
    GROUP_SPAWN(&self->g, play(self->w, 1));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

} // namespace

std::unique_ptr<Work> soak_locks()
{
    return std::unique_ptr<Work>(new Locks);
}
