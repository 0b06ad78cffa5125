/* SPDX-License-Identifier: MIT */
/* expect: no member named 'base' */
#include "nanorun/async.h"

struct plain {
    int result;
};

struct plain *plain(void);

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, plain()); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
