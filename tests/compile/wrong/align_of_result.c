/* SPDX-License-Identifier: MIT */
/* expect: can be aligned to 64 bytes at most */
/* also: c++17 */
#include "nanorun/async.h"

#ifdef __cplusplus
#define _Alignas alignas
#endif
typedef struct line {
    _Alignas(128) char text[128];
} line;

ASYNC_DECLARE(line, wrong, ());
ASYNC_DEFINE(line, wrong, ()) /* here */
{
    ASYNC_BEGIN(wrong);
    ASYNC_RETURN(self->result);
    ASYNC_END;
}

int main(void)
{
    (void)wrong;
    return 0;
}
