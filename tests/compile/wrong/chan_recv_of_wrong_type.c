/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/rt/sync.h"

typedef CHAN(int) int_chan;

ASYNC_FN(int, wrong, ((int_chan *, c)), int v, err; long other; nr_group g;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->err, CHAN_RECV(self->c, &self->other)); /* here */
    ASYNC_RETURN(self->err + self->v);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(CHAN_NEW(int, 1)));
}
