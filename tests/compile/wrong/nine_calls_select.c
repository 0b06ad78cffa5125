/* SPDX-License-Identifier: MIT */
/* expect: NR_AT_MOST_EIGHT_ARGUMENTS_ */
/* also: c++17 */
#include "nanorun/async.h"

#define ONE nr_sleep_ms(1)

ASYNC_FN(void, wrong, ())
{
    ASYNC_BEGIN(wrong);
    AWAIT(SELECT(ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE)); /* here */
    ASYNC_END;
}

int main(void)
{
    (void)wrong;
    return 0;
}
