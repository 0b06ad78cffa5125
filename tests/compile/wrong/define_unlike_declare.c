/* SPDX-License-Identifier: MIT */
/* expect: conflicting types for 'wrong' */
#include "nanorun/async.h"

ASYNC_DECLARE(int, wrong, ((int, n)));

ASYNC_DEFINE(int, wrong, ((long, n))) /* here */
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN((int)self->n);
    ASYNC_END;
}
