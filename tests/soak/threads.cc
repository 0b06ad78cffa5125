// SPDX-License-Identifier: MIT

// What plain threads do to a runtime: spawn storms, and runtimes of their own.

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "tests/fuzz/program_run.h"
#include "tests/soak/soak.h"

namespace
{

enum {
    SPAWNS = 2000 / SOAK_SHARE,
    PROGRAMS = 16 / SOAK_SHARE,
    BYTES = 60,
    WORKERS = 3
};

Tally errands("errands", "spawned by threads");
Tally programs("programs", "runtimes of their own");

ASYNC_FN(uint32_t, errand, ((uint32_t, seed)), uint32_t value, i; Life life;)
{
    ASYNC_BEGIN(errand);
    errands.begin(&self->life);
    self->value = self->seed + 1; // the seed is drawn from
    for (self->i = random_below(&self->seed, 4); self->i; self->i--)
        YIELD_NOW();
    if (random_below(&self->seed, 8) == 0)
        AWAIT(nr_sleep_ms(random_below(&self->seed, 3)));
    self->life.has_returned = true;
    ASYNC_RETURN(self->value);
    ASYNC_FINALLY;
    if (self->i % 2)
        YIELD_NOW();
    errands.end(self->life);
    ASYNC_END;
}

struct Sent {
    JOIN_HANDLE(errand) h;
    uint32_t seed;
    bool was_aborted;
};

void join(const Sent &s, bool may_end, nr_runtime *other)
{
    uint32_t v = 0;
    int err = BLOCK_ON(other, JOIN_STATUS(s.h, &v));
    if (err == 0)
        SOAK_CHECK(v == s.seed + 1);
    else
        SOAK_CHECK(err == -ECANCELED && v == 0 && (s.was_aborted || may_end));
}

// The program that runs; there is one at a time.
uint8_t bytes[BYTES];

void on_abort(int)
{
    fprintf(stderr, "if it was the program, it is, by xxd -r -p:\n");
    for (uint8_t byte : bytes)
        fprintf(stderr, "%02x", byte);
    fprintf(stderr, "\n");
}

} // namespace

void soak_storm(nr_handle *on, bool may_end, nr_runtime *other, uint32_t seed)
{
    std::vector<Sent> sent;
    for (uint32_t i = 0; i < SPAWNS; i++) {
        uint32_t s = soak_seed(seed, i);
        sent.push_back({SPAWN_ON(on, errand(s)), s, false});
        errands.amount++;
        Sent *some = &sent[random_below(&seed, (uint32_t)sent.size())];
        uint32_t what = random_below(&seed, 6);
        if (what == 0) {
            ABORT(some->h);
            some->was_aborted = true;
        } else if (what == 1 || (what == 2 && IS_FINISHED(some->h))) {
            Sent taken = *some;
            *some = sent.back();
            sent.pop_back();
            if (what == 1)
                DETACH(taken.h);
            else
                join(taken, may_end, other);
        }
    }
    for (const Sent &s : sent)
        join(s, may_end, other);
}

void soak_programs(uint32_t seed)
{
    signal(SIGABRT, on_abort);
    for (int i = 0; i < PROGRAMS; i++) {
        for (uint8_t &byte : bytes)
            byte = (uint8_t)random_below(&seed, 256);
        FuzzInput input(bytes, sizeof bytes);
        Program program(&input);
        Life life = {};
        programs.begin(&life);
        program_run(&program, 1 + random_below(&seed, WORKERS));
        life.has_returned = true;
        programs.end(life);
        programs.amount++;
    }
}
