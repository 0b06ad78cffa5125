/* SPDX-License-Identifier: MIT */
/* expect: makes pointer from integer|incompatible integer to pointer */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int error; int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->error, TIMEOUT_MS(10, step(1), self->got)); /* here */
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
