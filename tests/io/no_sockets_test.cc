// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"

// What is left of nanorun on a system whose sockets it does not know. That
// tcp.h refuses to compile is seen in //tests/compile.

#ifndef NR_NO_SOCKETS
#error "who depends on nanorun is told that there are no sockets"
#endif

namespace
{

ASYNC_FN(int, port_after_a_sleep, ((nr_addr, at)))
{
    ASYNC_BEGIN(port_after_a_sleep);
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(nr_addr_port(&self->at));
    ASYNC_END;
}

TEST(NoSockets, TasksTimersAndAddressesRemain)
{
    nr_addr at;

    ASSERT_EQ(nr_addr_parse(&at, "127.0.0.1:80"), 0);
    EXPECT_EQ(RUN(port_after_a_sleep(at)), 80);
}

} // namespace
