/* SPDX-License-Identifier: MIT */

/* Async functions of a few sizes, and what tools/frames is to say of them. */

#include <stdio.h>

#include "nanorun/async.h"

ASYNC_FN(void, small, ())
{
    ASYNC_BEGIN(small);
    ASYNC_END;
}

ASYNC_FN(int, large, ((int, n)), char page[1000];)
{
    ASYNC_BEGIN(large);
    self->page[self->n] = 1;
    AWAIT(small());
    ASYNC_RETURN(self->page[self->n]);
    ASYNC_END;
}

static void print(size_t bytes, const char *name)
{
    printf("%6zu %6zu  %s  tests/frames/program.c\n", bytes,
           (bytes + 15) / 16 * 16, name);
}

int main(void)
{
    if (RUN(large(7)) != 1)
        return 1;
    printf(" bytes  block  function\n");
    print(sizeof(large_frame_), "large");
    print(sizeof(small_frame_), "small");
    return 0;
}
