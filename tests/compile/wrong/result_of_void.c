/* SPDX-License-Identifier: MIT */
/* expect: incompatible type */
#include "nanorun/async.h"

ASYNC_FN(void, nothing, ())
{
    ASYNC_BEGIN(nothing);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, nothing()); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
