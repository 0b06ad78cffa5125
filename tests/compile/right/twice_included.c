/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"
#include "nanorun/rt/future.h"
#include "nanorun/version.h"

/* Other people's macros of common names do no harm. */
#define frame broken
#define call broken
#define id broken

ASYNC_FN(int, right, ())
{
    ASYNC_BEGIN(right);
    AWAIT(nr_sleep_ms(0));
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(right());
}
