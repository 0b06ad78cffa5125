// SPDX-License-Identifier: MIT
#include "nanorun/rt/sim.h"

#include <stdlib.h>

#include <string>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

// The simulation itself: that it repeats, that it differs, what it finds.

namespace
{

ASYNC_FN(void, add_slowly, ((int *, sum)), int before;)
{
    ASYNC_BEGIN(add_slowly);
    self->before = *self->sum;
    YIELD_NOW(); // the mistake: another task may add meanwhile
    *self->sum = self->before + 1;
    AWAIT(nr_sleep_ms(3));
    ASYNC_END;
}

ASYNC_FN(int, add_twice, (), int sum; JOIN_HANDLE(add_slowly) first;
         JOIN_HANDLE(add_slowly) second;)
{
    ASYNC_BEGIN(add_twice);
    self->first = SPAWN(add_slowly(&self->sum));
    self->second = SPAWN(add_slowly(&self->sum));
    AWAIT(JOIN(self->first));
    AWAIT(JOIN(self->second));
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

void run_add_twice(void *sum)
{
    *static_cast<int *>(sum) = RUN(add_twice());
}

int is_lost(void *)
{
    int sum = 0;
    run_add_twice(&sum);
    return sum == 2 ? 0 : 42;
}

struct Trace {
    std::string text;
    int sum;
};

void add_line(void *text, const char *line)
{
    *static_cast<std::string *>(text) += std::string(line) + "\n";
}

Trace trace_of(uint64_t seed)
{
    Trace t = {};
    nr_sim_config config = {};
    config.seed = seed;
    config.trace = add_line;
    config.trace_arg = &t.text;
    nr_sim_run(&config, run_add_twice, &t.sum);
    return t;
}

TEST(Sim, TheSameSeedIsTheSameRun)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        Trace a = trace_of(seed), b = trace_of(seed);
        EXPECT_EQ(a.text, b.text) << seed;
        EXPECT_EQ(a.sum, b.sum) << seed;
        EXPECT_NE(a.text, "");
    }
}

TEST(Sim, SeedsDiffer)
{
    EXPECT_NE(trace_of(1).text, trace_of(2).text);
    bool has_lost = false, has_kept = false;
    for (uint64_t seed = 0; seed < 500; seed++)
        (trace_of(seed).sum == 2 ? has_kept : has_lost) = true;
    EXPECT_TRUE(has_lost);
    EXPECT_TRUE(has_kept);
}

TEST(Sim, ExploringStopsAtAFailureThatItsSeedRepeats)
{
    testing::internal::CaptureStderr();
    EXPECT_EQ(nr_sim_explore(nullptr, 10000, is_lost, nullptr), 42);
    std::string text = testing::internal::GetCapturedStderr();
    size_t at = text.find("NR_SIM_SEED=");
    ASSERT_NE(at, std::string::npos) << text;
    uint64_t seed = strtoull(text.c_str() + at + 12, nullptr, 10);
    EXPECT_NE(trace_of(seed).sum, 2);
}

ASYNC_FN(uint64_t, sleep_a_day, (), uint64_t began_ns;)
{
    ASYNC_BEGIN(sleep_a_day);
    self->began_ns = nr_now_ns();
    AWAIT(nr_sleep_ms(86400000));
    ASYNC_RETURN(nr_now_ns() - self->began_ns);
    ASYNC_END;
}

TEST(Sim, TimePassesByItself)
{
    nr_sim_config config = {};
    config.seed = 3;
    config.max_steps = 100000;
    uint64_t slept_ns = 0;
    nr_sim_run(
        &config,
        [](void *ns) { *static_cast<uint64_t *>(ns) = RUN(sleep_a_day()); },
        &slept_ns);
    EXPECT_GE(slept_ns, UINT64_C(86400000000000));
    EXPECT_LE(slept_ns, UINT64_C(86400010000000));
}

// ---- what stops the process ----

ASYNC_FN(void, sleep_for_ever, ())
{
    ASYNC_BEGIN(sleep_for_ever);
    for (;;)
        AWAIT(nr_sleep_ms(1000));
    ASYNC_END;
}

void run_locked_up(void *)
{
    nr_sys_mutex m;
    nr_sys_mutex_init(&m);
    nr_sys_mutex_lock(&m);
    nr_sys_mutex_lock(&m);
}

void run_for_ever(void *)
{
    RUN(sleep_for_ever());
}

int leave_memory(void *)
{
    nr_sys_alloc(1);
    return 0;
}

int fail_an_assertion(void *)
{
    abort();
}

TEST(SimDeathTest, ADeadlockStopsAndNamesTheSeed)
{
    nr_sim_config config = {};
    config.seed = 77;
    EXPECT_DEATH(nr_sim_run(&config, run_locked_up, nullptr),
                 "thread-0 waits for a lock(.|\n)*deadlock(.|\n)*seed 77,");
}

TEST(SimDeathTest, ARunWithTooManyStepsStops)
{
    nr_sim_config config = {};
    config.seed = 78;
    config.max_steps = 20000;
    EXPECT_DEATH(nr_sim_run(&config, run_for_ever, nullptr),
                 "more steps than it may have(.|\n)*seed 78,");
}

TEST(SimDeathTest, WhatIsLeftBehindIsNamed)
{
    EXPECT_DEATH(nr_sim_explore(nullptr, 1, leave_memory, nullptr),
                 "left memory behind(.|\n)*seed 1,");
}

TEST(SimDeathTest, AnAbortOfTheProgramsNamesTheSeed)
{
    EXPECT_DEATH(nr_sim_explore(nullptr, 1, fail_an_assertion, nullptr),
                 "in the simulation of seed 1, step");
}

} // namespace
