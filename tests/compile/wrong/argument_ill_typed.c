/* SPDX-License-Identifier: MIT */
/* expect: makes integer from pointer|incompatible pointer to integer */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, step("one")); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
