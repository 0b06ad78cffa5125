/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, sum, ((const int *, numbers)))
{
    ASYNC_BEGIN(sum);
    ASYNC_RETURN(self->numbers[0]);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got; long number;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, sum(&self->number)); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
