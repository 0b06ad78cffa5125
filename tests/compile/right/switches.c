/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

enum color { RED, GREEN };

/* In the switch lowering an AWAIT cannot stand in a switch; beside one, it
 * can. */
ASYNC_FN(int, right, ((enum color, color)), int got;)
{
    ASYNC_BEGIN(right);
    switch (self->color) {
    case RED:
#ifndef NR_LOWER_BY_SWITCH
        AWAIT(self->got, step(1));
#endif
        break;
    case GREEN:
        self->got = 2;
        break;
    }
    AWAIT(step(self->got));
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(right(RED));
}
