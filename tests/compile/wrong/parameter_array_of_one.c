/* SPDX-License-Identifier: MIT */
/* expect: NR_NO_ARRAY_CAN_BE_A_PARAMETER_a */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, wrong, ((int, a[1]))) /* here */
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    (void)wrong;
    return 0;
}
