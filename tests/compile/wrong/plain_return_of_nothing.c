/* SPDX-License-Identifier: MIT */
/* expect: return */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, wrong, ())
{
    ASYNC_BEGIN(wrong);
    AWAIT(step(1));
    return; /* here */
    ASYNC_END;
}

int main(void)
{
    RUN(wrong());
    return 0;
}
