/* SPDX-License-Identifier: MIT */
/* expect: incompatible type */
#include "nanorun/async.h"

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(); /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
