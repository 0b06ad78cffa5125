/* SPDX-License-Identifier: MIT */
/* expect: NR_NO_ARRAY_CAN_BE_A_PARAMETER_a|cannot return array type */
/* also: c++17 */
#include "nanorun/async.h"

typedef int four[4];

ASYNC_FN(int, wrong, ((four, a))) /* here */
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
