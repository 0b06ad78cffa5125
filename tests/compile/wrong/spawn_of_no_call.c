/* SPDX-License-Identifier: MIT */
/* expect: invalid type argument|is not a pointer */
/* named by: a note */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ((int, n)))
{
    ASYNC_BEGIN(wrong);
    DETACH(SPAWN(self->n)); /* here */
    AWAIT(step(1));
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
