/* SPDX-License-Identifier: MIT */
/* expect: incompatible type */
#include "nanorun/async.h"

struct point {
    int x, y;
};

ASYNC_FN(struct point, here, ())
{
    ASYNC_BEGIN(here);
    ASYNC_RETURN((struct point){1, 2});
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, here()); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
