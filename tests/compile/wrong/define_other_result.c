/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_DECLARE(int, wrong, ((int, n)));

ASYNC_DEFINE(long, wrong, ((int, n))) /* here */
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}
