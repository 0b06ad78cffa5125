/* SPDX-License-Identifier: MIT */
#include "tests/async/cxx_namesake.h"

struct eight {
    long v[8];
};

ASYNC_FN(eight, namesake, ())
{
    ASYNC_BEGIN(namesake);
    ASYNC_RETURN(eight{{1, 2, 3, 4, 5, 6, 7, 8}});
    ASYNC_END;
}

long run_namesake(nr_runtime *rt)
{
    return BLOCK_ON(rt, namesake()).v[7];
}
