/* SPDX-License-Identifier: MIT */
#include "tests/async/language.h"

#include "tests/support/stack.h"

ASYNC_DEFINE(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    YIELD_NOW();
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_DEFINE(int, loops, (), int i; int j; int k; int got; int sum;)
{
    ASYNC_BEGIN(loops);
    for (self->i = 0; self->i < 10; self->i++) {
        self->j = 0;
        while (self->j < 10) {
            self->k = 0;
            do {
                AWAIT(self->got, step(self->i * 100 + self->j * 10 + self->k));
                self->sum += self->got;
            } while (++self->k < 10);
            self->j++;
        }
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

#ifndef NR_LOWER_BY_SWITCH
ASYNC_DEFINE(int, in_switch, ((int, n)), int got; int sum;)
{
    ASYNC_BEGIN(in_switch);
    switch (self->n) {
    case 1:
        AWAIT(self->got, step(1));
        self->sum += self->got; /* falls through */
    case 2:
        AWAIT(self->got, step(2));
        self->sum += self->got;
        break;
    default:
        AWAIT(self->got, step(4));
        self->sum += self->got;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}
#endif

/* The formatter breaks lines after statements, but not in an argument. */
#define SAME_LINE(...) __VA_ARGS__

ASYNC_DEFINE(int, on_one_line, (), int a; int b;)
{
    ASYNC_BEGIN(on_one_line);
    SAME_LINE(AWAIT(self->a, step(1)); AWAIT(self->b, step(2)); YIELD_NOW();)
    ASYNC_RETURN(self->a * 10 + self->b);
    ASYNC_END;
}

#define APPEND(target, n)                   \
    do {                                    \
        AWAIT(self->digit, step(n));        \
        target = target * 10 + self->digit; \
    } while (0)
#define APPEND_TWO(target, n)  \
    do {                       \
        APPEND(target, n);     \
        APPEND(target, n + 1); \
    } while (0)

ASYNC_DEFINE(int, in_macro, (), int digit; int number;)
{
    ASYNC_BEGIN(in_macro);
    APPEND_TWO(self->number, 1);
    APPEND_TWO(self->number, 3);
    ASYNC_RETURN(self->number);
    ASYNC_END;
}

ASYNC_DEFINE(int, unbraced, ((bool, a), (bool, b)), int x; int y;)
{
    ASYNC_BEGIN(unbraced);
    if (self->a)
        AWAIT(self->x, step(10));
    else
        AWAIT(self->x, step(20));
    if (self->b)
        AWAIT(self->y, step(1));
    else
        self->y = 2;
    if (self->x == 0)
        YIELD_NOW();
    else
        ASYNC_RETURN(self->x + self->y);
    ASYNC_END;
}

ASYNC_DEFINE(uint64_t, fib, ((unsigned, n)), uint64_t a; uint64_t b;)
{
    ASYNC_BEGIN(fib);
    if (self->n < 2)
        ASYNC_RETURN(self->n);
    AWAIT(self->a, fib(self->n - 1));
    AWAIT(self->b, fib(self->n - 2));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_DEFINE(bool, is_even, ((unsigned, n)), bool answer;)
{
    ASYNC_BEGIN(is_even);
    if (self->n == 0)
        ASYNC_RETURN(true);
    AWAIT(self->answer, is_odd(self->n - 1));
    ASYNC_RETURN(self->answer);
    ASYNC_END;
}

ASYNC_DEFINE(block64, block, ((uint64_t, first)), block64 made;)
{
    ASYNC_BEGIN(block);
    for (unsigned i = 0; i < 8; i++)
        self->made.words[i] = self->first + i;
    YIELD_NOW();
    ASYNC_RETURN(self->made);
    ASYNC_END;
}

ASYNC_DEFINE(uint64_t, block_last, ((uint64_t, first)), block64 got;)
{
    ASYNC_BEGIN(block_last);
    AWAIT(self->got, block(self->first));
    ASYNC_RETURN(self->got.words[7]);
    ASYNC_END;
}

ASYNC_DEFINE(void, add, ((int *, to), (int, n), (bool, by_return)))
{
    ASYNC_BEGIN(add);
    YIELD_NOW();
    *self->to += self->n;
    if (self->by_return)
        ASYNC_RETURN();
    ASYNC_END;
}

size_t unit_size(void)
{
    return sizeof(nr_unit);
}

ASYNC_DEFINE(int, evaluations, (), int count[4]; int got;
             JOIN_HANDLE(step) h[1];)
{
    ASYNC_BEGIN(evaluations);
    AWAIT(self->got, step(self->count[0]++));
    self->h[0] = SPAWN(step(self->count[1]++));
    AWAIT(self->got, JOIN(self->h[self->count[2]++]));
    AWAIT(self->got, TIMEOUT_MS(1000, step(self->count[3]++), &self->got));
    ASYNC_RETURN(self->count[0] * 1000 + self->count[1] * 100 +
                 self->count[2] * 10 + self->count[3]);
    ASYNC_END;
}

ASYNC_DEFINE(int, dirty_locals, (), unsigned char bytes[256]; void *p;)
{
    ASYNC_BEGIN(dirty_locals);
    int dirty = self->p != NULL;
    for (unsigned i = 0; i < sizeof self->bytes; i++)
        dirty += self->bytes[i] != 0;
    memset(self->bytes, 0xff, sizeof self->bytes);
    self->p = self;
    ASYNC_RETURN(dirty);
    ASYNC_END;
}

ASYNC_DEFINE(uint64_t, deep, ((uint64_t, n)), uint64_t below;)
{
    ASYNC_BEGIN(deep);
    stack_note();
    if (self->n == 0) {
        YIELD_NOW();
        ASYNC_RETURN(0);
    }
    AWAIT(self->below, deep(self->n - 1));
    stack_note();
    ASYNC_RETURN(self->below + 1);
    ASYNC_END;
}

ASYNC_DEFINE(int, spawn_chain, ((int, n)), JOIN_HANDLE(spawn_chain) next;
             int after;)
{
    ASYNC_BEGIN(spawn_chain);
    stack_note();
    if (self->n == 0)
        ASYNC_RETURN(0);
    self->next = SPAWN(spawn_chain(self->n - 1));
    AWAIT(self->after, JOIN(self->next));
    stack_note();
    ASYNC_RETURN(self->after + 1);
    ASYNC_END;
}
