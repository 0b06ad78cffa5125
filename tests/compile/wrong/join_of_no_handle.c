/* SPDX-License-Identifier: MIT */
/* expect: invalid type argument|requires pointer operand */
/* named by: a note */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ((int, n)), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, JOIN(self->n)); /* here */
    AWAIT(step(1));
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
