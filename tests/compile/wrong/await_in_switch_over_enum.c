/* SPDX-License-Identifier: MIT */
/* expect: conversion from|overflow converting case value */
/* where: *-switch-* */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

enum color { RED, GREEN };

ASYNC_FN(int, wrong, ((enum color, color)))
{
    ASYNC_BEGIN(wrong);
    switch (self->color) {
    case RED:
        AWAIT(step(1)); /* here */
        break;
    case GREEN:
        break;
    }
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong(RED));
}
