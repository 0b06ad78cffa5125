/* SPDX-License-Identifier: MIT */
/* expect: using typedef-name|conflicts with typedef */
#include "nanorun/async.h"

struct wrong_future;

ASYNC_FN(void, wrong, ()) /* here */
{
    ASYNC_BEGIN(wrong);
    ASYNC_END;
}

int main()
{
    (void)wrong;
}
