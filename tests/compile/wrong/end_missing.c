/* SPDX-License-Identifier: MIT */
/* expect: expected */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(wrong);
    AWAIT(step(1));
    ASYNC_RETURN(0);
} /* here */
