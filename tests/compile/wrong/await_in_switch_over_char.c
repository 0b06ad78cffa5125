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

ASYNC_FN(int, wrong, ((char, letter)))
{
    ASYNC_BEGIN(wrong);
    switch (self->letter) {
    case 'a':
        AWAIT(step(1)); /* here */
        break;
    default:
        break;
    }
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong('a'));
}
