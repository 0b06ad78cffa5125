/* SPDX-License-Identifier: MIT */
/* expect: makes pointer from integer|incompatible integer to pointer */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), char *got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, step(1)); /* here */
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
