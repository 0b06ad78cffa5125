/* SPDX-License-Identifier: MIT */
/* expect: incompatible type */
#include "nanorun/async.h"

ASYNC_FN(void, wrong, ())
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(3); /* here */
    ASYNC_END;
}
