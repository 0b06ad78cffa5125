/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

/* Two on one line, as that of the user's macro. */
#define STEP_TWICE(target)      \
    do {                        \
        AWAIT(target, step(1)); \
        AWAIT(target, step(2)); \
    } while (0)

ASYNC_FN(int, right, ((int, n)), int a; unsigned flag : 1; int *p; int b[2];)
{
    ASYNC_BEGIN(right);
    if (self->n > 0)
        AWAIT(self->a, step(1));
    else
        AWAIT(step(2));
    if (self->n > 1) {
        if (self->n > 2)
            YIELD_NOW();
        else
            AWAIT(step(3));
    }
    AWAIT(step(4));
    AWAIT(self->a, step(5));
    AWAIT(self->b[1], step(6));
    STEP_TWICE(self->a);
    self->flag = 1;
    self->p = &self->b[0];
    AWAIT(*self->p, step(self->flag ? 1 : 2));
    if (self->a > 7)
        ASYNC_RETURN(self->flag);
    ASYNC_RETURN(*self->p + self->a);
    ASYNC_END;
}

int main(void)
{
    return RUN(right(1));
}
