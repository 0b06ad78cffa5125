/* SPDX-License-Identifier: MIT */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

/* Each plain variable is done with before the next AWAIT, or is set after it:
 * by assignment, by the AWAIT itself, or anew. */
ASYNC_FN(int, right, ((int, n)), int kept;)
{
    ASYNC_BEGIN(right);
    int got;
    char *text;
    int before = self->n * 2;
    self->kept = before;
    AWAIT(step(self->kept));
    AWAIT(got, step(1));
    self->kept += got;
    text = &(char){'a'};
    self->kept += *text;
    for (int i = 0; i < 3; i++)
        self->kept += i;
    AWAIT(got, step(2));
    {
        const int after[2] = {got, self->n};
        ASYNC_RETURN(after[0] + after[1] + self->kept);
    }
    ASYNC_END;
}

int main(void)
{
    return RUN(right(1));
}
