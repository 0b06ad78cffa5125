// SPDX-License-Identifier: MIT

// Waits of every form, by tasks in groups in groups, each with an outcome that
// is known: never early, the right one first, and what never ends is cut.

#include <cerrno>

#include "nanorun/rt/sync.h"
#include "tests/soak/soak.h"

namespace
{

enum {
    FAMILIES = 5,
    CHILDREN = 10,
    TURNS = 12 / SOAK_SHARE,
    NEVER_MS = 3600000,
    NS_PER_MS = 1000000
};

Tally sleepers("sleepers", "waits");
Tally families("families", "children aborted");

class Timing;
ASYNC_DECLARE(void, timing_run, ((Timing *, w), (uint32_t, seed)));

class Timing : public WorkOf<Timing, timing_run_future, timing_run>
{
  public:
    void check(bool was_cut) override
    {
        SOAK_CHECK(was_cut || done == FAMILIES);
    }
    std::atomic<int> done{0};
};

// A number of milliseconds, late or early by one of the others' ticks.
ASYNC_FN(int, nap, ((uint32_t, ms), (int, value)))
{
    ASYNC_BEGIN(nap);
    AWAIT(nr_sleep_ms(self->ms));
    ASYNC_RETURN(self->value);
    ASYNC_END;
}

// One wait of `ms`, in one of five forms.
ASYNC_FN(void, wait_once, ((uint32_t, how), (uint32_t, ms)), uint64_t began_ns;
         int v, w, err;)
{
    ASYNC_BEGIN(wait_once);
    self->began_ns = nr_now_ns();
    if (self->how == 0) {
        AWAIT(self->v, nap(self->ms, 7));
        SOAK_CHECK(self->v == 7);
    } else if (self->how == 1) {
        AWAIT(self->err, TIMEOUT_MS(self->ms, nap(NEVER_MS, 7), &self->v));
        SOAK_CHECK(self->err == -ETIMEDOUT && self->v == 0);
    } else if (self->how == 2) {
        AWAIT(self->err, TIMEOUT_MS(NEVER_MS, nap(self->ms, 7), &self->v));
        SOAK_CHECK(self->err == 0 && self->v == 7);
    } else if (self->how == 3) {
        AWAIT(self->err,
              SELECT(INTO(&self->v, nap(NEVER_MS, 7)),
                     INTO(&self->w, nap(self->ms, 8)), nr_sleep_ms(NEVER_MS)));
        SOAK_CHECK(self->err == 1 && self->v == 0 && self->w == 8);
    } else {
        AWAIT(ALL(INTO(&self->v, nap(self->ms, 7)),
                  INTO(&self->w, nap(self->ms / 2, 8)), nr_sleep_ms(0)));
        SOAK_CHECK(self->v == 7 && self->w == 8);
    }
    SOAK_CHECK(nr_now_ns() - self->began_ns >= self->ms * (uint64_t)NS_PER_MS);
    sleepers.amount++;
    ASYNC_END;
}

ASYNC_FN(void, sleeper, ((uint32_t, seed)), int i; Life life;)
{
    ASYNC_BEGIN(sleeper);
    sleepers.begin(&self->life);
    for (self->i = 0; self->i < TURNS; self->i++)
        AWAIT(wait_once(random_below(&self->seed, 5),
                        random_below(&self->seed, 9)));
    self->life.has_returned = true;
    ASYNC_FINALLY;
    AWAIT(nr_sleep_ms(random_below(&self->seed, 2)));
    sleepers.end(self->life);
    ASYNC_END;
}

ASYNC_FN(void, never, ())
{
    ASYNC_BEGIN(never);
    AWAIT(nr_sleep_ms(NEVER_MS));
    SOAK_CHECK(!"an hour has passed");
    ASYNC_FINALLY;
    YIELD_NOW();
    families.amount++;
    ASYNC_END;
}

// Sleepers that end, and children that do not until they are aborted; those
// have begun, or have not, when that comes.
ASYNC_FN(void, family, ((Timing *, w), (uint32_t, seed)), uint32_t i;
         nr_group awaited, aborted; Life life;)
{
    ASYNC_BEGIN(family);
    families.begin(&self->life);
    nr_group_init(&self->awaited);
    nr_group_init(&self->aborted);
    for (self->i = 0; self->i < CHILDREN; self->i++) {
        GROUP_SPAWN(&self->awaited, sleeper(soak_seed(self->seed, self->i)));
        GROUP_SPAWN(&self->aborted, never());
    }
    AWAIT(nr_sleep_ms(random_below(&self->seed, 9)));
    nr_group_abort(&self->aborted);
    AWAIT(nr_group_join(&self->aborted));
    AWAIT(nr_group_join(&self->awaited));
    self->w->done++;
    self->life.has_returned = true;
    ASYNC_FINALLY;
    nr_group_abort(&self->awaited);
    nr_group_abort(&self->aborted);
    AWAIT(ALL(nr_group_join(&self->awaited), nr_group_join(&self->aborted)));
    nr_group_deinit(&self->awaited);
    nr_group_deinit(&self->aborted);
    families.end(self->life);
    ASYNC_END;
}

ASYNC_DEFINE(void, timing_run, ((Timing *, w), (uint32_t, seed)), uint32_t i;
             nr_group g;)
{
    ASYNC_BEGIN(timing_run);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < FAMILIES; self->i++)
        GROUP_SPAWN(&self->g, family(self->w, soak_seed(self->seed, self->i)));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

} // namespace

std::unique_ptr<Work> soak_timing()
{
    return std::unique_ptr<Work>(new Timing);
}
