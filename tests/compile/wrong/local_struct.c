/* SPDX-License-Identifier: MIT */
/* expect: uninitialized */
/* where: gcc-switch-* */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

struct point {
    int x, y;
};

ASYNC_FN(int, wrong, ((int, n)))
{
    ASYNC_BEGIN(wrong);
    struct point kept;
    kept.x = self->n;
    AWAIT(step(1));
    ASYNC_RETURN(kept.x); /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
