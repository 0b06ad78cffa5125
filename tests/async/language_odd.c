/* SPDX-License-Identifier: MIT */
#include "tests/async/language.h"

/* The other half of a recursion through two source files. */
ASYNC_DEFINE(bool, is_odd, ((unsigned, n)), bool answer;)
{
    ASYNC_BEGIN(is_odd);
    if (self->n == 0)
        ASYNC_RETURN(false);
    AWAIT(self->answer, is_even(self->n - 1));
    ASYNC_RETURN(self->answer);
    ASYNC_END;
}
