/* SPDX-License-Identifier: MIT */
/* expect: result and the parameters .* must be trivially copyable */
#include <string>

#include "nanorun/async.h"

ASYNC_FN(void, wrong, ((std::string, name))) /* here */
{
    ASYNC_BEGIN(wrong);
    YIELD_NOW();
    ASYNC_END;
}

int main()
{
    (void)wrong;
}
