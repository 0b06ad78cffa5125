/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, right, ((int, n)), int i; int j; int got; int sum;)
{
    ASYNC_BEGIN(right);
    for (self->i = 0; self->i < self->n; self->i++) {
        self->j = 0;
        while (self->j++ < 2)
            AWAIT(self->got, step(self->j));
        do
            YIELD_NOW();
        while (--self->j > 0);
        if (self->got == 1)
            continue;
        self->sum += self->got;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

int main(void)
{
    return RUN(right(3));
}
