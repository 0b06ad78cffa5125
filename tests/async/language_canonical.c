/* SPDX-License-Identifier: MIT */
#define NR_NO_SHORT_NAMES
#include "nanorun/async.h"

/* The short names are the program's own. */
#define AWAIT 1
#define SPAWN 200

NR_ASYNC_DECLARE(int, step, ((int, n)));
NR_ASYNC_DECLARE(int, canonical, ());

NR_ASYNC_DEFINE(int, canonical, (), NR_JOIN_HANDLE(step) h; int got[3];
                int error;)
{
    NR_ASYNC_BEGIN(canonical);
    NR_AWAIT(self->got[0], step(AWAIT));
    self->h = NR_SPAWN(step(SPAWN));
    NR_AWAIT(self->error, NR_JOIN_STATUS(self->h, &self->got[1]));
    NR_YIELD_NOW();
    NR_AWAIT(self->error, NR_TIMEOUT_MS(1000, step(34), &self->got[2]));
    NR_ASYNC_RETURN(self->got[0] * 1000 + self->got[1] + self->got[2]);
    NR_ASYNC_END;
}
