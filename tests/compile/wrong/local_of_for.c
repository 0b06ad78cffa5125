/* SPDX-License-Identifier: MIT */
/* expect: uninitialized */
/* where: gcc-switch-* clang-* */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ((int, n)), int sum;)
{
    ASYNC_BEGIN(wrong);
    for (int i = 0; i < self->n; i++) { /* here */
        AWAIT(step(1));
        self->sum++;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
