/* SPDX-License-Identifier: MIT */
/* expect: uninitialized */
/* where: clang-switch-* */
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
    int kept = self->n;
    if (self->n > 3)
        AWAIT(step(1)); /* here */
    ASYNC_RETURN(kept);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
