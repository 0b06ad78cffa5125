/* SPDX-License-Identifier: MIT */

/* A user's program in C++, with the same headers. */

#include <cstdio>

#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

ASYNC_FN(int, twice, ((int, n)), )
{
    ASYNC_BEGIN(twice);
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(2 * self->n);
    ASYNC_END;
}

int main()
{
    int four = RUN(twice(2));
    std::printf("twice 2 is %d\n", four);
    return four == 4 ? 0 : 1;
}
