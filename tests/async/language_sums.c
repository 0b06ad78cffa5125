/* SPDX-License-Identifier: MIT */
#include "tests/async/language.h"

ASYNC_DEFINE(int, sum0, ())
{
    ASYNC_BEGIN(sum0);
    YIELD_NOW();
    ASYNC_RETURN(0);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum1, ((int, a)))
{
    ASYNC_BEGIN(sum1);
    YIELD_NOW();
    ASYNC_RETURN(self->a);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum2, ((int, a), (int, b)))
{
    ASYNC_BEGIN(sum2);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum3, ((int, a), (int, b), (int, c)))
{
    ASYNC_BEGIN(sum3);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum4, ((int, a), (int, b), (int, c), (int, d)))
{
    ASYNC_BEGIN(sum4);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c + self->d);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum5, ((int, a), (int, b), (int, c), (int, d), (int, e)))
{
    ASYNC_BEGIN(sum5);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c + self->d + self->e);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum6,
             ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f)))
{
    ASYNC_BEGIN(sum6);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c + self->d + self->e + self->f);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum7,
             ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
              (int, g)))
{
    ASYNC_BEGIN(sum7);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c + self->d + self->e + self->f +
                 self->g);
    ASYNC_END;
}

ASYNC_DEFINE(int, sum8,
             ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
              (int, g), (int, h)))
{
    ASYNC_BEGIN(sum8);
    YIELD_NOW();
    ASYNC_RETURN(self->a + self->b + self->c + self->d + self->e + self->f +
                 self->g + self->h);
    ASYNC_END;
}
