/* SPDX-License-Identifier: MIT */
#include "tests/async/cleanup.h"

#include "tests/support/journal.h"

ASYNC_FN(void, hold, ((holds *, at)))
{
    ASYNC_BEGIN(hold);
    if (self->at->taken++ == self->at->stop_at)
        AWAIT(gate_wait(&self->at->g));
    ASYNC_END;
}

ASYNC_FN(int, three_c, ((holds *, at)))
{
    ASYNC_BEGIN(three_c);
    journal_add('C');
    AWAIT(hold(self->at));
    AWAIT(hold(self->at));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    journal_add('c');
    ASYNC_END;
}

ASYNC_FN(int, three_b, ((holds *, at)), int got;)
{
    ASYNC_BEGIN(three_b);
    journal_add('B');
    AWAIT(hold(self->at));
    AWAIT(self->got, three_c(self->at));
    AWAIT(hold(self->at));
    ASYNC_RETURN(self->got);
    ASYNC_FINALLY;
    journal_add('b');
    ASYNC_END;
}

ASYNC_DEFINE(int, three, ((holds *, at)), int a; int b;)
{
    ASYNC_BEGIN(three);
    journal_add('A');
    AWAIT(hold(self->at));
    AWAIT(self->a, three_b(self->at));
    AWAIT(hold(self->at));
    AWAIT(self->b, three_b(self->at));
    AWAIT(hold(self->at));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_FINALLY;
    journal_add('a');
    ASYNC_END;
}

ASYNC_FN(int, slow_at,
         ((int, level), (int, depth), (gate *, body), (gate *, cleanup)),
         int below;)
{
    ASYNC_BEGIN(slow_at);
    if (self->level == self->depth) {
        AWAIT(gate_wait(self->body));
        ASYNC_RETURN(1);
    }
    AWAIT(self->below,
          slow_at(self->level + 1, self->depth, self->body, self->cleanup));
    ASYNC_RETURN(self->below + 1);
    ASYNC_FINALLY;
    journal_add((char)('a' + self->level - 1));
    AWAIT(gate_wait(self->cleanup));
    journal_add((char)('a' + self->level - 1));
    ASYNC_END;
}

ASYNC_DEFINE(int, slow, ((int, depth), (gate *, body), (gate *, cleanup)),
             int got;)
{
    ASYNC_BEGIN(slow);
    AWAIT(self->got, slow_at(1, self->depth, self->body, self->cleanup));
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

ASYNC_DEFINE(int, returning, ((gate *, cleanup)))
{
    ASYNC_BEGIN(returning);
    ASYNC_RETURN(7);
    ASYNC_FINALLY;
    journal_add('r');
    AWAIT(gate_wait(self->cleanup));
    journal_add('r');
    ASYNC_END;
}

ASYNC_DEFINE(int, awaits_returning, ((gate *, cleanup)), int got;)
{
    ASYNC_BEGIN(awaits_returning);
    AWAIT(self->got, returning(self->cleanup));
    journal_add('A');
    ASYNC_RETURN(self->got);
    ASYNC_FINALLY;
    journal_add('a');
    ASYNC_END;
}

ASYNC_FN(int, five, ())
{
    ASYNC_BEGIN(five);
    YIELD_NOW();
    ASYNC_RETURN(5);
    ASYNC_FINALLY;
    YIELD_NOW();
    journal_add('f');
    ASYNC_END;
}

ASYNC_DEFINE(void, awaits_in_finally, ((gate *, body)), int got;)
{
    ASYNC_BEGIN(awaits_in_finally);
    AWAIT(gate_wait(self->body));
    ASYNC_FINALLY;
    AWAIT(self->got, five());
    journal_add((char)('0' + self->got));
    ASYNC_END;
}

ASYNC_DEFINE(int, bounded_three, ((holds *, at), (int *, out)), int error;)
{
    ASYNC_BEGIN(bounded_three);
    AWAIT(self->error, TIMEOUT_MS(0, three(self->at), self->out));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

ASYNC_DEFINE(int, bounded_slow,
             ((int, depth), (gate *, body), (gate *, cleanup), (int *, out)),
             int error;)
{
    ASYNC_BEGIN(bounded_slow);
    AWAIT(
        self->error,
        TIMEOUT_MS(0, slow(self->depth, self->body, self->cleanup), self->out));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

int counted_entries;

ASYNC_DEFINE(int, counted, ((int, n), (gate *, g)), int below;)
{
    counted_entries++; /* before the jump to the place to resume at */
    ASYNC_BEGIN(counted);
    if (self->n == 0) {
        AWAIT(gate_wait(self->g));
        ASYNC_RETURN(0);
    }
    AWAIT(self->below, counted(self->n - 1, self->g));
    ASYNC_RETURN(self->below + 1);
    ASYNC_END;
}
