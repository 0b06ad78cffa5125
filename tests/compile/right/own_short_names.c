/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#define NR_NO_SHORT_NAMES
#include "nanorun/async.h"

/* All short names are the program's own. */
enum { ASYNC_FN, ASYNC_DECLARE, ASYNC_DEFINE, ASYNC_BEGIN, ASYNC_RETURN };
enum { ASYNC_FINALLY, ASYNC_END, AWAIT, YIELD_NOW, RUN, BLOCK_ON };
enum { JOIN_HANDLE, SPAWN, SPAWN_ON, JOIN, JOIN_STATUS, IS_FINISHED, ABORT };
enum { DETACH, TIMEOUT_MS };

NR_ASYNC_FN(int, step, ((int, n)))
{
    NR_ASYNC_BEGIN(step);
    NR_YIELD_NOW();
    NR_ASYNC_RETURN(self->n);
    NR_ASYNC_END;
}

NR_ASYNC_FN(int, right, (), NR_JOIN_HANDLE(step) h; int got; int error;)
{
    NR_ASYNC_BEGIN(right);
    self->h = NR_SPAWN(step(AWAIT));
    NR_AWAIT(self->got, NR_JOIN(self->h));
    NR_AWAIT(self->error, NR_TIMEOUT_MS(10, step(SPAWN), &self->got));
    self->h = NR_SPAWN(step(3));
    NR_ABORT(self->h);
    NR_AWAIT(self->error, NR_JOIN_STATUS(self->h, &self->got));
    NR_ASYNC_FINALLY;
    NR_DETACH(NR_SPAWN(step(JOIN)));
    NR_ASYNC_END;
}

int main(void)
{
    return NR_RUN(right());
}
