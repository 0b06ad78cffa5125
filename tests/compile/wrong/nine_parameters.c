/* SPDX-License-Identifier: MIT */
/* expect: NR_AT_MOST_EIGHT_PARAMETERS_ */
/* also: c++17 */
#include "nanorun/async.h"

/* clang-format off */
ASYNC_FN(int, wrong, ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g), (int, h), (int, i))) /* here */
/* clang-format on */
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
