/* SPDX-License-Identifier: MIT */
/* expect: cannot jump from */
/* where: clang-* */
#include "nanorun/async.h"

static void count_down(int *n)
{
    --*n;
}

ASYNC_FN(void, wrong, ())
{
    ASYNC_BEGIN(wrong); /* here */
    __attribute__((cleanup(count_down))) int kept = 1;
    (void)kept;
    YIELD_NOW(); /* here */
    ASYNC_END;
}

int main(void)
{
    RUN(wrong());
}
