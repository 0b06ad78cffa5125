/* SPDX-License-Identifier: MIT */
/* expect: size of unnamed array is negative|array size is negative */
#include "nanorun/rt/sync.h"

typedef CHAN(int) int_chan;

ASYNC_FN(int, wrong, ((int_chan *, c)), int v, err; long other; nr_group g;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->err, CHAN_SEND(self->c)); /* here */
    ASYNC_RETURN(self->err + self->v);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(CHAN_NEW(int, 1)));
}
