/* SPDX-License-Identifier: MIT */

/* The result, parameters and locals of an async function have the alignment of
 * their types. */
#include "tests/async/alignment.h"

#include "tests/support/one_worker.h"

namespace
{

class Alignment : public OneWorker
{
};

TEST_F(Alignment, AwaitedCallsAreAligned)
{
    EXPECT_EQ(BLOCK_ON(rt, misaligned_awaited()), 0);
}

TEST_F(Alignment, SpawnedCallsAreAligned)
{
    EXPECT_EQ(BLOCK_ON(rt, misaligned_spawned()), 0);
}

TEST_F(Alignment, BranchesAreAligned)
{
    EXPECT_EQ(BLOCK_ON(rt, misaligned_in_branches()), 0);
}

TEST_F(Alignment, ChildrenOfAGroupAreAligned)
{
    EXPECT_EQ(BLOCK_ON(rt, misaligned_in_a_group()), 0);
}

struct alignas(64) line {
    long words[8] = {};
};

ASYNC_FN(line, line_of, ((long, word)), char pad[700]; line own;)
{
    ASYNC_BEGIN(line_of);
    self->pad[0] = 1;
    YIELD_NOW();
    bool is_aligned = reinterpret_cast<uintptr_t>(&self->own) % 64 == 0;
    self->own.words[7] = is_aligned ? self->word : 0;
    ASYNC_RETURN(self->own);
    ASYNC_END;
}

// Not BLOCK_ON of that, whose result is on the stack: GCC aligns it to 32 bytes
// only where ASan watches it.
ASYNC_FN(long, last_word_of_line, ((long, word)), line got;)
{
    ASYNC_BEGIN(last_word_of_line);
    AWAIT(self->got, line_of(self->word));
    ASYNC_RETURN(self->got.words[7]);
    ASYNC_END;
}

TEST_F(Alignment, CallsInCxxAreAligned)
{
    EXPECT_EQ(BLOCK_ON(rt, last_word_of_line(5)), 5);
}

} // namespace
