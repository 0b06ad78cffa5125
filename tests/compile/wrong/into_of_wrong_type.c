/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got; long odd;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(ALL(INTO(&self->got, step(1)), INTO(&self->odd, step(2)))); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
