// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gmock/gmock.h>

#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// Combinators within combinators: 2,000 deep they work, cancelled too; one more
// stops the process with one line before it runs off the C stack. So recursion
// through ALL over INTO goes 1,000 levels down.

namespace
{

enum Kind { TIMEOUTS, INTOS, ALLS, SELECTS, KINDS, ALLS_ALONE };
enum { DEEPEST = 2000 };

struct Course {
    Kind kind;
    uint64_t ms; // that the innermost call sleeps
    int ended;
};

// `n` combinators above a sleep. ALL and SELECT nest with their INTO as two.
ASYNC_FN(int, descend, ((Course *, c), (int, n)), int v, e;)
{
    ASYNC_BEGIN(descend);
    if (self->n <= 0)
        AWAIT(nr_sleep_ms(self->c->ms));
    else if (self->c->kind == TIMEOUTS)
        AWAIT(self->e,
              TIMEOUT_MS(600000, descend(self->c, self->n - 1), &self->v));
    else if (self->c->kind == INTOS)
        AWAIT(INTO(&self->v, descend(self->c, self->n - 1)));
    else if (self->c->kind == ALLS_ALONE)
        AWAIT(ALL(descend(self->c, self->n - 1), nr_sleep_ms(0)));
    else if (self->c->kind == ALLS)
        AWAIT(
            ALL(INTO(&self->v, descend(self->c, self->n - 2)), nr_sleep_ms(0)));
    else
        AWAIT(self->e, SELECT(INTO(&self->v, descend(self->c, self->n - 2)),
                              nr_sleep_ms(600000)));
    ASYNC_RETURN(self->v + 1);
    ASYNC_FINALLY;
    self->c->ended++;
    ASYNC_END;
}

int frames_of(Kind kind)
{
    return 1 + (kind == TIMEOUTS || kind == INTOS ? DEEPEST : DEEPEST / 2);
}

TEST(Nesting, TwoThousandCombinatorsDeepIsFine)
{
    Runtime rt(1);
    for (int kind = 0; kind < KINDS; kind++) {
        Course c = {Kind(kind), 1, 0};
        EXPECT_EQ(BLOCK_ON(rt, descend(&c, DEEPEST)), frames_of(c.kind));
        EXPECT_EQ(c.ended, frames_of(c.kind));
    }
}

// ALL takes the most of the stack.
TEST(Nesting, TwoThousandNestedAllsFitInTheSmallestStack)
{
    nr_runtime_options o = {};
    o.workers = 1;
    o.stack_size = NR_SYS_STACK_SIZE_MIN;
    nr_runtime *rt = nr_runtime_create(&o);
    ASSERT_TRUE(rt);
    Course c = {ALLS_ALONE, 1, 0};
    BLOCK_ON(rt, descend(&c, DEEPEST));
    EXPECT_EQ(c.ended, DEEPEST + 1);
    nr_runtime_destroy(rt);
}

ASYNC_FN(int, cut_short, ((Course *, c)), JOIN_HANDLE(descend) h; int e;)
{
    ASYNC_BEGIN(cut_short);
    self->h = SPAWN(descend(self->c, DEEPEST));
    AWAIT(nr_sleep_ms(1));
    ABORT(self->h);
    AWAIT(self->e, JOIN_STATUS(self->h));
    ASYNC_RETURN(self->e);
    ASYNC_END;
}

TEST(Nesting, TwoThousandCombinatorsDeepIsCancelledInOrder)
{
    Runtime rt(1);
    for (int kind = 0; kind < KINDS; kind++) {
        Course c = {Kind(kind), 600000, 0};
        EXPECT_EQ(BLOCK_ON(rt, cut_short(&c)), -ECANCELED);
        EXPECT_EQ(c.ended, frames_of(c.kind));
    }
}

void go_deeper(Kind kind)
{
    Runtime rt(1);
    Course c = {kind, 1, 0};
    BLOCK_ON(rt, descend(&c, DEEPEST + 1));
}

void go_deeper_in_a_timeout(Kind kind)
{
    Runtime rt(1);
    Course c = {kind, 1, 0};
    BLOCK_ON(rt, TIMEOUT_MS(600000, descend(&c, DEEPEST)));
}

// One line, with the place of the AWAIT. The second course ends inside an INTO
// that is a branch, which nobody awaits.
TEST(NestingDeathTest, DeeperNestingStopsWithOneLine)
{
    auto line = testing::AllOf(
        testing::StartsWith(
            "nanorun: combinators are nested more than 2,000 deep ("),
        testing::HasSubstr("nesting_test.cc:"),
        testing::Not(testing::HasSubstr(":0)")));
    for (int kind = 0; kind < KINDS; kind++) {
        EXPECT_DEATH(go_deeper(Kind(kind)), line);
        EXPECT_DEATH(go_deeper_in_a_timeout(Kind(kind)), line);
    }
}

void build_deeper()
{
    Runtime rt(1);
    nr_all_future *f = ALL(nr_sleep_ms(1));
    for (int i = 0; i < DEEPEST; i++)
        f = ALL(f);
    BLOCK_ON(rt, f);
}

TEST(NestingDeathTest, DeeperNestingThatIsNotAwaitedHasNoPlace)
{
    EXPECT_DEATH(build_deeper(),
                 testing::Eq("nanorun: combinators are nested more than 2,000 "
                             "deep\n"));
}

} // namespace
