/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
/* named by: a note */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, other, ())
{
    ASYNC_BEGIN(other);
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(wrong);
    JOIN_HANDLE(step) h = SPAWN(other()); /* here */
    DETACH(h);
    AWAIT(step(1));
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
