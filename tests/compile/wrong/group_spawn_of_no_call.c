/* SPDX-License-Identifier: MIT */
/* expect: not a structure or union */
#include "nanorun/rt/sync.h"

typedef CHAN(int) int_chan;

ASYNC_FN(int, wrong, ((int_chan *, c)), int v, err; long other; nr_group g;)
{
    ASYNC_BEGIN(wrong);
    GROUP_SPAWN(&self->g, &self->other); /* here */
    ASYNC_RETURN(self->err + self->v);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(CHAN_NEW(int, 1)));
}
