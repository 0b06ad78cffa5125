/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int n; long l;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->n,
          SELECT(INTO(&self->n, step(1)), INTO(&self->l, step(2)))); /* here */
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
