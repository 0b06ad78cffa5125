/* SPDX-License-Identifier: MIT */
/* expect: cannot jump|variably modified|variable-length|uninitialized */
/* where: gcc-switch-* clang-* */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ((int, n)))
{
    ASYNC_BEGIN(wrong); /* here */
    int kept[self->n];
    kept[0] = 3;
    AWAIT(step(1)); /* here */
    ASYNC_RETURN(kept[0]);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
