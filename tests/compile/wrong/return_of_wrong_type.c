/* SPDX-License-Identifier: MIT */
/* expect: makes integer from pointer|incompatible pointer to integer */
#include "nanorun/async.h"

ASYNC_FN(int, wrong, ((char *, text)))
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(self->text); /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(NULL));
}
