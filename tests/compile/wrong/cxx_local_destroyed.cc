/* SPDX-License-Identifier: MIT */
/* expect: jump to case label|cannot jump from */
/* where: gcc-switch-* clang-* */
#include <string>

#include "nanorun/async.h"

ASYNC_FN(void, wrong, ())
{
    ASYNC_BEGIN(wrong); /* here */
    std::string name;
    YIELD_NOW(); /* here */
    ASYNC_END;
}

int main()
{
    RUN(wrong());
}
