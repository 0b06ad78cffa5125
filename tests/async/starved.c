/* SPDX-License-Identifier: MIT */
#include "tests/async/starved.h"

#include "nanorun/sys/memory.h"
#include "tests/support/journal.h"

/* A size of which the runtime keeps no blocks, so each such frame comes from
 * the allocator. */
#define BULK char bulk[4096];

ASYNC_FN(int, twice, ((int, n)), BULK)
{
    ASYNC_BEGIN(twice);
    YIELD_NOW();
    ASYNC_RETURN(2 * self->n);
    ASYNC_END;
}

/* Two frames deep; '4' in its FINALLY, or '0' where the await there could not
 * be done. */
ASYNC_FN(int, tidy, ((int, n)), int got; int seen; bool has_begun; BULK)
{
    ASYNC_BEGIN(tidy);
    self->has_begun = true;
    journal_add('T');
    self->seen = 9;
    AWAIT(self->got, twice(self->n));
    ASYNC_RETURN(self->got);
    ASYNC_FINALLY;
    AWAIT(self->seen, twice(2));
    if (self->has_begun) {
        journal_add((char)('0' + self->seen));
        journal_add('t');
    }
    ASYNC_END;
}

ASYNC_FN(int, all, (), JOIN_HANDLE(tidy) pet; int got; int joined; int bounded;
         int lost;)
{
    ASYNC_BEGIN(all);
    journal_add('A');
    self->pet = SPAWN(tidy(3));
    AWAIT(self->got, tidy(4));
    AWAIT(self->bounded, TIMEOUT_MS(UINT64_MAX, tidy(5), &self->got));
    if (self->bounded)
        self->lost += BOUNDED_STARVED;
    ASYNC_RETURN(FED - self->lost);
    ASYNC_FINALLY;
    AWAIT(self->joined, JOIN_STATUS(self->pet, &self->got));
    if (self->joined)
        self->result -= PET_STARVED;
    journal_add('a');
    ASYNC_END;
}

/* Switches the failing on, and off again before its awaiter goes on. */
ASYNC_FN(int, starve_all, ((uint64_t, after), (bool, and_all)), int got;)
{
    ASYNC_BEGIN(starve_all);
    nr_sys_alloc_fail(self->after, self->and_all);
    AWAIT(self->got, all());
    ASYNC_RETURN(self->got);
    ASYNC_FINALLY;
    nr_sys_alloc_fail(UINT64_MAX, 0);
    ASYNC_END;
}

ASYNC_DEFINE(void, try_all, ((trial *, t)), JOIN_HANDLE(starve_all) h;)
{
    ASYNC_BEGIN(try_all);
    self->t->got = -1;
    self->h = SPAWN(starve_all(self->t->after, self->t->and_all));
    AWAIT(self->t->joined, JOIN_STATUS(self->h, &self->t->got));
    ASYNC_END;
}

ASYNC_DEFINE(void, try_spawn, ((trial *, t)), JOIN_HANDLE(twice) h;)
{
    ASYNC_BEGIN(try_spawn);
    self->t->got = -1;
    nr_sys_alloc_fail(self->t->after, self->t->and_all);
    self->h = SPAWN(twice(2));
    nr_sys_alloc_fail(UINT64_MAX, 0);
    AWAIT(self->t->joined, JOIN_STATUS(self->h, &self->t->got));
    ASYNC_END;
}
