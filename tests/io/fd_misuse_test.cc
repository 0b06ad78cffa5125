// SPDX-License-Identifier: MIT
#include <functional>

#include "tests/io/fd_helpers.h"
#include "tests/support/misuse.h"

// A call on what was unwatched stops the process with one line that names the
// call and its place.

namespace
{

typedef std::function<void(nr_fd *)> use_fn;

ASYNC_FN(void, unwatch_and, ((const use_fn *, use)), fd_pair p;)
{
    ASYNC_BEGIN(unwatch_and);
    AWAIT_FD_PAIR(&self->p);
    nr_fd_unwatch(self->p.watch);
    (*self->use)(self->p.watch);
    ASYNC_END;
}

void run_unwatch_and(const use_fn &use)
{
    Runtime rt(1);
    BLOCK_ON(rt, unwatch_and(&use));
}

// Compilers name the first or the last line of a macro's use.
#define EXPECT_MISUSE(call, what)                                \
    EXPECT_DEATH(run_unwatch_and([](nr_fd *w) { return call; }), \
                 testing::AnyOf(MISUSE_LINE(what, __LINE__ - 1), \
                                MISUSE_LINE(what, __LINE__)))

TEST(FdMisuseDeathTest, AWaitOnWhatWasUnwatched)
{
    EXPECT_MISUSE(nr_fd_ready(w, NR_FD_READ),
                  "nr_fd_ready on an unwatched descriptor");
}

TEST(FdMisuseDeathTest, ASecondUnwatch)
{
    EXPECT_MISUSE(nr_fd_unwatch(w), "nr_fd_unwatch of an unwatched descriptor");
}

TEST(FdMisuseDeathTest, ACallWithoutTheMacroHasNoPlace)
{
    EXPECT_DEATH(
        run_unwatch_and([](nr_fd *w) { return (nr_fd_ready)(w, NR_FD_READ); }),
        testing::Eq("nanorun: nr_fd_ready on an unwatched "
                    "descriptor\n"));
    EXPECT_DEATH(run_unwatch_and([](nr_fd *w) { (nr_fd_unwatch)(w); }),
                 testing::Eq("nanorun: nr_fd_unwatch of an unwatched "
                             "descriptor\n"));
}

} // namespace
