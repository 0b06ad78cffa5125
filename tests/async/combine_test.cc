/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <algorithm>
#include <string>

#include "tests/support/gate.h"
#include "tests/support/journal.h"
#include "tests/support/one_worker.h"

namespace
{

/* Returns `value` once the gate is open, and notes in the journal when it
 * begins and ends. */
ASYNC_FN(int, after, ((gate *, g), (int, value), (char, name)))
{
    ASYNC_BEGIN(after);
    journal_add(self->name);
    AWAIT(gate_wait(self->g));
    ASYNC_RETURN(self->value);
    ASYNC_FINALLY;
    journal_add((char)(self->name - 'A' + 'a'));
    ASYNC_END;
}

/* Waits for `g`, and in its cleanup for `cleanup`. */
ASYNC_FN(void, lingering, ((gate *, g), (gate *, cleanup), (char, name)))
{
    ASYNC_BEGIN(lingering);
    AWAIT(gate_wait(self->g));
    ASYNC_FINALLY;
    AWAIT(gate_wait(self->cleanup));
    journal_add(self->name);
    ASYNC_END;
}

ASYNC_FN(int, at_once, ((int, value)))
{
    ASYNC_BEGIN(at_once);
    journal_add('!');
    ASYNC_RETURN(self->value);
    ASYNC_END;
}

/* The journal in the order of the alphabet: what happens at one wake-up or at
 * two is up to the worker. */
std::string sorted_journal()
{
    std::string text = journal_text();
    std::sort(text.begin(), text.end());
    return text;
}

class Combine : public OneWorker
{
  protected:
    Combine()
    {
        for (gate &g : gates)
            gate_init(&g);
    }
    ~Combine() override
    {
        destroy();
        for (gate &g : gates)
            gate_deinit(&g);
    }

    gate gates[3];
};

/* ---- ALL ---- */

ASYNC_FN(int, sum, ((gate *, g)), int a, b;)
{
    ASYNC_BEGIN(sum);
    AWAIT(ALL(INTO(&self->a, after(&self->g[0], 3, 'A')),
              INTO(&self->b, after(&self->g[1], 4, 'B')),
              gate_wait(&self->g[2])));
    ASYNC_RETURN(self->a * 10 + self->b);
    ASYNC_END;
}

TEST_F(Combine, AllRunsCallsSideBySideAndKeepsTheirResults)
{
    JOIN_HANDLE(sum) h = SPAWN_ON(handle, sum(gates));
    for (int i = 2; i >= 0; i--) {
        gate_block_until_waiting(&gates[i], 1);
        EXPECT_FALSE(IS_FINISHED(h));
    }
    for (int i = 2; i >= 0; i--)
        gate_open(&gates[i]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 34);
    EXPECT_EQ(sorted_journal(), "ABab");
}

ASYNC_FN(int, eight, (), int v[8]; int i, total;)
{
    ASYNC_BEGIN(eight);
    AWAIT(ALL(INTO(&self->v[0], at_once(1)), INTO(&self->v[1], at_once(2)),
              INTO(&self->v[2], at_once(3)), INTO(&self->v[3], at_once(4)),
              INTO(&self->v[4], at_once(5)), INTO(&self->v[5], at_once(6)),
              INTO(&self->v[6], at_once(7)), INTO(&self->v[7], at_once(8))));
    for (self->i = 0; self->i < 8; self->i++)
        self->total = self->total * 10 + self->v[self->i];
    ASYNC_RETURN(self->total);
    ASYNC_END;
}

TEST_F(Combine, AllTakesUpToEightCalls)
{
    EXPECT_EQ(BLOCK_ON(rt, eight()), 12345678);
}

TEST_F(Combine, SelectTakesUpToEightCalls)
{
    gate *g = gates;
    EXPECT_EQ(BLOCK_ON(rt, SELECT(gate_wait(g), gate_wait(g), gate_wait(g),
                                  gate_wait(g), gate_wait(g), gate_wait(g),
                                  gate_wait(g), at_once(8))),
              7);
    EXPECT_EQ(gate_drops(g), 7);
}

ASYNC_FN(int, one_of_each, (), int a, which;)
{
    ASYNC_BEGIN(one_of_each);
    AWAIT(ALL(INTO(&self->a, at_once(7))));
    AWAIT(self->which, SELECT(at_once(1)));
    ASYNC_RETURN(self->a * 10 + self->which);
    ASYNC_END;
}

TEST_F(Combine, AllAndSelectTakeOneCall)
{
    EXPECT_EQ(BLOCK_ON(rt, one_of_each()), 70);
}

TEST_F(Combine, AnAbortedAllUnwindsItsCallsSideBySide)
{
    gate *g = gates;
    JOIN_HANDLE(nr_all)
    h = SPAWN_ON(handle,
                 ALL(lingering(&g[0], &g[1], 'a'), lingering(&g[0], &g[2], 'b'),
                     after(&g[0], 0, 'C')));
    gate_block_until_waiting(&g[0], 3);
    ABORT(h);
    gate_block_until_waiting(&g[1], 1);
    gate_block_until_waiting(&g[2], 1);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&g[2]);
    gate_open(&g[1]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_EQ(sorted_journal(), "Cabc");
}

/* ---- SELECT ---- */

ASYNC_FN(int, choose, ((gate *, g), (int *, loser)), int which, won;)
{
    ASYNC_BEGIN(choose);
    AWAIT(self->which, SELECT(INTO(self->loser, after(&self->g[0], 5, 'A')),
                              INTO(&self->won, after(&self->g[1], 6, 'B'))));
    ASYNC_RETURN(self->which * 10 + self->won);
    ASYNC_END;
}

TEST_F(Combine, SelectGivesTheFirstAndLeavesWhatOthersKeepAlone)
{
    int loser = -1;
    JOIN_HANDLE(choose) h = SPAWN_ON(handle, choose(gates, &loser));
    gate_block_until_waiting(&gates[0], 1);
    gate_open(&gates[1]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 16);
    EXPECT_EQ(loser, -1);
    EXPECT_STREQ(journal_text(), "ABba");
}

TEST_F(Combine, SelectPrefersTheLowestAndCancelsWhatItNeverPolled)
{
    EXPECT_EQ(BLOCK_ON(rt, SELECT(gate_wait(&gates[0]), at_once(1),
                                  after(&gates[0], 2, 'A'), at_once(3))),
              1);
    EXPECT_STREQ(journal_text(), "!a"); // the cleanup of `after`, no more
    EXPECT_EQ(gate_drops(&gates[0]), 1);
}

TEST_F(Combine, OfTwoCallsThatAreReadyAtOnceTheLowestWins)
{
    gate *g = gates;
    JOIN_HANDLE(nr_select)
    h = SPAWN_ON(handle,
                 SELECT(gate_wait(&g[2]), gate_wait(&g[0]), gate_wait(&g[0])));
    gate_block_until_waiting(&g[0], 2);
    gate_open(&g[0]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 1);
}

TEST_F(Combine, SelectWaitsForTheCleanupOfAllOthersSideBySide)
{
    gate *g = gates;
    JOIN_HANDLE(nr_select)
    h = SPAWN_ON(handle, SELECT(lingering(&g[0], &g[1], 'a'),
                                lingering(&g[0], &g[2], 'b'), at_once(0)));
    gate_block_until_waiting(&g[1], 1);
    gate_block_until_waiting(&g[2], 1);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&g[2]);
    gate_open(&g[1]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 2);
    EXPECT_EQ(sorted_journal(), "!ab");
}

TEST_F(Combine, ASelectThatWaitsForCleanupIsNotHurriedByAnAbort)
{
    gate *g = gates;
    JOIN_HANDLE(nr_select)
    h = SPAWN_ON(handle, SELECT(lingering(&g[0], &g[1], 'a'), at_once(0)));
    gate_block_until_waiting(&g[1], 1);
    ABORT(h);
    gate_block_until_polls(&g[1], 2);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&g[1]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "!a");
}

/* ---- nesting ---- */

ASYNC_FN(int, nested, ((gate *, g)), int inner, outer, a;)
{
    ASYNC_BEGIN(nested);
    self->inner = -1;
    AWAIT(self->outer,
          SELECT(ALL(gate_wait(&self->g[0]),
                     INTO(&self->inner,
                          SELECT(gate_wait(&self->g[0]), at_once(1)))),
                 ALL(INTO(&self->a, at_once(8)), gate_wait(&self->g[1]))));
    ASYNC_RETURN(self->outer * 100 + self->inner * 10 + self->a);
    ASYNC_END;
}

TEST_F(Combine, CombinatorsNest)
{
    gate_open(&gates[1]);
    EXPECT_EQ(BLOCK_ON(rt, nested(gates)), 118);
}

ASYNC_FN(int, bounded, ((gate *, g), (int *, which)), int error;)
{
    ASYNC_BEGIN(bounded);
    AWAIT(self->error,
          TIMEOUT_MS(
              1, SELECT(after(&self->g[0], 0, 'A'), after(&self->g[0], 0, 'B')),
              self->which));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

TEST_F(Combine, ATimeoutUnwindsEveryCall)
{
    int which = -1;
    EXPECT_EQ(BLOCK_ON(rt, bounded(gates, &which)), -ETIMEDOUT);
    EXPECT_EQ(which, -1);
    EXPECT_STREQ(journal_text(), "ABab");
}

/* ---- fairness, and want of memory ---- */

ASYNC_FN(void, always_ready, ((int *, rounds)))
{
    ASYNC_BEGIN(always_ready);
    for (;;) {
        ++*self->rounds;
        AWAIT(nr_sleep_ms(0));
    }
    ASYNC_END;
}

ASYNC_FN(void, count_to, ((int, n)), int i;)
{
    ASYNC_BEGIN(count_to);
    for (; self->i < self->n; self->i++)
        AWAIT(nr_sleep_ms(0));
    ASYNC_END;
}

TEST_F(Combine, ACallThatIsAlwaysReadyStarvesNoOther)
{
    int rounds = 0;
    EXPECT_EQ(BLOCK_ON(rt, SELECT(always_ready(&rounds), count_to(1000))), 1);
    /* Each had its half of the budget of every poll. */
    EXPECT_LT(rounds, 1200);
}

ASYNC_FN(void, always_ready_until, ((const bool *, stop), (int *, rounds)))
{
    ASYNC_BEGIN(always_ready_until);
    for (; !*self->stop; ++*self->rounds)
        AWAIT(nr_sleep_ms(0));
    ASYNC_END;
}

ASYNC_FN(void, stop_after, ((bool *, stop), (int, n)))
{
    ASYNC_BEGIN(stop_after);
    AWAIT(count_to(self->n));
    *self->stop = true;
    ASYNC_END;
}

TEST_F(Combine, ACallOfAllThatIsAlwaysReadyStarvesNoOther)
{
    bool stop = false;
    int rounds = 0;
    BLOCK_ON(rt,
             ALL(always_ready_until(&stop, &rounds), stop_after(&stop, 1000)));
    EXPECT_LT(rounds, 1200);
}

TEST_F(Combine, AllWithoutMemoryForACallUnwindsWhenTheOthersHaveEnded)
{
    after_future *none = nullptr;
    int v = -1;
    JOIN_HANDLE(nr_all)
    h = SPAWN_ON(handle, ALL(INTO(&v, none), after(&gates[0], 0, 'A')));
    gate_block_until_waiting(&gates[0], 1);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&gates[0]);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ENOMEM);
    EXPECT_EQ(v, -1);
    EXPECT_STREQ(journal_text(), "Aa");
}

TEST_F(Combine, SelectWithoutMemoryForTheFirstCancelsTheOthersAndUnwinds)
{
    after_future *none = nullptr;
    JOIN_HANDLE(nr_select)
    h = SPAWN_ON(handle, SELECT(after(&gates[0], 0, 'A'), none));
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ENOMEM);
    EXPECT_STREQ(journal_text(), "Aa");
}

TEST_F(Combine, ACombinatorDroppedBeforeItStartsRunsNothing)
{
    int v = 0;
    nr_future_drop(
        &ALL(INTO(&v, at_once(1)), SELECT(at_once(1), at_once(2)))->base);
    EXPECT_STREQ(journal_text(), "");
}

} // namespace
