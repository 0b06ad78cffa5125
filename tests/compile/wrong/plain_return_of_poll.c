/* SPDX-License-Identifier: MIT */
/* expect: NR_RETURN_IS_SPELLED_ASYNC_RETURN_ */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(wrong);
    AWAIT(step(1));
    return NR_READY; /* here */
    ASYNC_END;
}

int main(void)
{
    RUN(wrong());
    return 0;
}
