/* SPDX-License-Identifier: MIT */
/* expect: NR_ASYNC_RETURN_OUTSIDE_THE_BODY_ */
#include "nanorun/async.h"

int wrong(void);
int wrong(void)
{
    ASYNC_RETURN(3); /* here */
}
