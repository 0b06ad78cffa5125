/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ((JOIN_HANDLE(step), h)), int error; long got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->error, JOIN_STATUS(self->h, &self->got)); /* here */
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(NULL));
}
