/* SPDX-License-Identifier: MIT */
/* expect: ignoring return value */
/* named by: a note */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), JOIN_HANDLE(step) h;)
{
    ASYNC_BEGIN(wrong);
    self->h = SPAWN(step(1));
    JOIN_STATUS(self->h); /* here */
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
