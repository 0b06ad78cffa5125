/* SPDX-License-Identifier: MIT */
/* expect: invalid type argument|is not a pointer */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

void wrong(int *p);
void wrong(int *p)
{
    (void)step;
    ABORT(p); /* here */
}
