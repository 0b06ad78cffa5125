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
    int kept;
    ASYNC_BEGIN(wrong);
    kept = self->n;
    ASYNC_RETURN(kept);
    ASYNC_FINALLY;
    AWAIT(step(1));
    self->sum = kept; /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
