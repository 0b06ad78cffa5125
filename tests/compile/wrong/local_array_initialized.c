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

ASYNC_FN(int, wrong, ((int, n)))
{
    ASYNC_BEGIN(wrong);
    int kept[2] = {self->n, 1};
    AWAIT(step(1));
    ASYNC_RETURN(kept[0] + kept[1]); /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
