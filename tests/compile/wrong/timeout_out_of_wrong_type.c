/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int error; long got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->error, TIMEOUT_MS(10, step(1), &self->got)); /* here */
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
