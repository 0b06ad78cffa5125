// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nanorun/async.h"

namespace
{

ASYNC_FN(int, doubled_later, ((int, n)))
{
    ASYNC_BEGIN(doubled_later);
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(2 * self->n);
    ASYNC_END;
}

ASYNC_FN(int, spawn_and_join, (), JOIN_HANDLE(doubled_later) h; int n;)
{
    ASYNC_BEGIN(spawn_and_join);
    self->h = SPAWN(doubled_later(21));
    AWAIT(self->n, JOIN(self->h));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

TEST(Unity, ATaskIsSpawnedAndJoined)
{
    EXPECT_EQ(RUN(spawn_and_join()), 42);
}

} // namespace
