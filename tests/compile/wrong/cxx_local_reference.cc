/* SPDX-License-Identifier: MIT */
/* expect: locals of an async function .* must be trivially copyable */
#include "nanorun/async.h"

struct point {
    int x, y;
};

ASYNC_FN(void, wrong, (), point &at;) /* here */
{
    ASYNC_BEGIN(wrong);
    YIELD_NOW();
    ASYNC_END;
}

int main()
{
    (void)wrong;
}
