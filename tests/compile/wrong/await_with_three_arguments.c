/* SPDX-License-Identifier: MIT */
/* expect: NR_AWAIT_TAKES_A_TARGET_AND_A_CALL_ */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int a, b;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->a, self->b, step(1)); /* here */
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
