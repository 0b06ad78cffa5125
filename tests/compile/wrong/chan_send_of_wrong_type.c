/* SPDX-License-Identifier: MIT */
/* expect: pointer to integer conversion|cannot initialize array of */
#include "nanorun/rt/sync.h"

typedef CHAN(int) int_chan;

ASYNC_FN(int, wrong, ((int_chan *, c)), int v, err; long other; nr_group g;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->err, CHAN_SEND(self->c, "text")); /* here */
    ASYNC_RETURN(self->err + self->v);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(CHAN_NEW(int, 1)));
}
