/* SPDX-License-Identifier: MIT */
/* expect: step_self_ */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(step); /* here */
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
