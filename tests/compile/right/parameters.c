/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_DECLARE(int, eight,
              ((char, a), (short, b), (int, c), (long, d), (const char *, e),
               (double, f), (unsigned, g), (void *, h)));
ASYNC_DECLARE(void, none, ());

ASYNC_DEFINE(void, none, (), int hidden;)
{
    ASYNC_BEGIN(none);
    self->hidden = 1;
    YIELD_NOW();
    ASYNC_END;
}

ASYNC_DEFINE(int, eight,
             ((char, a), (short, b), (int, c), (long, d), (const char *, e),
              (double, f), (unsigned, g), (void *, h)))
{
    ASYNC_BEGIN(eight);
    AWAIT(none());
    ASYNC_RETURN(self->a + self->b + self->c + (int)self->d + *self->e +
                 (int)self->f + (int)self->g + (self->h ? 1 : 0));
    ASYNC_END;
}

/* An async function that nobody calls is no warning. */
ASYNC_FN(void, unused, ())
{
    ASYNC_BEGIN(unused);
    ASYNC_END;
}

int main(void)
{
    return RUN(eight(1, 2, 3, 4, "5", 6, 7, NULL));
}
