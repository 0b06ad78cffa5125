/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, right, ((int, n)), int got;)
{
    ASYNC_BEGIN(right);
    AWAIT(self->got, step(self->n));
    if (self->got > 3)
        ASYNC_RETURN();
    YIELD_NOW();
    ASYNC_FINALLY;
    AWAIT(self->got, step(2));
    if (self->got > 1)
        AWAIT(step(3));
    ASYNC_END;
}

ASYNC_FN(int, only_finally, ())
{
    ASYNC_BEGIN(only_finally);
    ASYNC_FINALLY;
    AWAIT(right(2));
    ASYNC_END;
}

int main(void)
{
    return RUN(only_finally());
}
