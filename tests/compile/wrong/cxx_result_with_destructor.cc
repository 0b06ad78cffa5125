/* SPDX-License-Identifier: MIT */
/* expect: result and the parameters .* must be trivially copyable */
#include <string>

#include "nanorun/async.h"

ASYNC_FN(std::string, wrong, ()) /* here */
{
    ASYNC_BEGIN(wrong);
    YIELD_NOW();
    ASYNC_END;
}

int main()
{
    (void)wrong;
}
