/* SPDX-License-Identifier: MIT */
/* expect: too many arguments to function */
#include "nanorun/async.h"

ASYNC_FN(int, none, ())
{
    ASYNC_BEGIN(none);
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, none(1)); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
