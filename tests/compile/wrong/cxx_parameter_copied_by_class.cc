/* SPDX-License-Identifier: MIT */
/* expect: result and the parameters .* must be trivially copyable */
#include <memory>

#include "nanorun/async.h"

ASYNC_FN(int, wrong, ((std::shared_ptr<int>, p))) /* here */
{
    ASYNC_BEGIN(wrong);
    YIELD_NOW();
    ASYNC_END;
}

int main()
{
    (void)wrong;
}
