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

ASYNC_FN(int, wrong, (), line l;) /* here */
{
    ASYNC_BEGIN(wrong);
    self->l.text[0] = 0;
    ASYNC_END;
}

int main(void)
{
    (void)wrong;
    return 0;
}
