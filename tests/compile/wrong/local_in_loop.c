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

ASYNC_FN(int, wrong, ((int, n)), int got; int sum;)
{
    ASYNC_BEGIN(wrong);
    while (self->n-- > 0) {
        int kept = self->n;
        AWAIT(self->got, step(1));
        self->sum += kept * self->got; /* here */
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
