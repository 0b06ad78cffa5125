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

ASYNC_FN(int, wrong, ((int, n)), int error;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->error, TIMEOUT_MS(10, self->n)); /* here */
    AWAIT(step(1));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(3));
}
