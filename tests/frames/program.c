/* SPDX-License-Identifier: MIT */

/* Async functions of a few sizes, with what tools/frames has to print for
 * them. */

#include <stdio.h>

#include "nanorun/async.h"

ASYNC_FN(void, small, ())
{
    ASYNC_BEGIN(small);
    ASYNC_END;
}

/* The largest frame that has a block, and the smallest that has none. */
ASYNC_FN(void, full, (), char page[512 - sizeof(nr_future)];)
{
    ASYNC_BEGIN(full);
    self->page[0] = 1;
    ASYNC_END;
}

ASYNC_FN(void, beyond, (), char page[513 - sizeof(nr_future)];)
{
    ASYNC_BEGIN(beyond);
    self->page[0] = 1;
    ASYNC_END;
}

ASYNC_FN(int, large, ((int, n)), char page[1000];)
{
    ASYNC_BEGIN(large);
    self->page[self->n] = 1;
    AWAIT(small());
    AWAIT(full());
    AWAIT(beyond());
    ASYNC_RETURN(self->page[self->n]);
    ASYNC_END;
}

static void print(size_t bytes, const char *name)
{
    char block[24] = "-";
    uint8_t kind = nr_block_of_(bytes);
    if (kind != NR_BLOCK_LARGE_)
        snprintf(block, sizeof block, "%d", kind * NR_BLOCK_STEP_);
    printf("%6zu %6s  %s  tests/frames/program.c\n", bytes, block, name);
}

int main(void)
{
    if (RUN(large(7)) != 1)
        return 1;
    printf(" bytes  block  function\n");
    print(sizeof(large_frame_), "large");
    print(sizeof(beyond_frame_), "beyond");
    print(sizeof(full_frame_), "full");
    print(sizeof(small_frame_), "small");
    return 0;
}
