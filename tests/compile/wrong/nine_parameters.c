/* SPDX-License-Identifier: MIT */
/* expect: NR_AT_MOST_EIGHT_PARAMETERS_ */
/* also: c++17 */
#include "nanorun/async.h"

/* clang-format off */
#define P(x) (int, x)
ASYNC_FN(int, w, (P(a),P(b),P(c),P(d),P(e),P(f),P(g),P(h),P(i))) /* here */
/* clang-format on */
{
    ASYNC_BEGIN(w);
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    (void)w;
    return 0;
}
