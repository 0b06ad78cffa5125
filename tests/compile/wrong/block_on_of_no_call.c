/* SPDX-License-Identifier: MIT */
/* expect: invalid type argument|is not a pointer */
/* where: clang-* */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

int wrong(nr_runtime *rt);
int wrong(nr_runtime *rt)
{
    (void)step;
    return BLOCK_ON(rt, 3); /* here */
}
