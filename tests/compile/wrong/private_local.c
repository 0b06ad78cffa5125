/* SPDX-License-Identifier: MIT */
/* expect: no member named 'local' */
#include "nanorun/async.h"

ASYNC_DECLARE(int, hidden, ((int, n)));

ASYNC_FN(int, wrong, (), hidden_future *f; int got;)
{
    ASYNC_BEGIN(wrong);
    self->f = hidden(1);
    self->f->local = 2; /* here */
    AWAIT(self->got, self->f);
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
