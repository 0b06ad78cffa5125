// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/socket.h>

#include "nanorun/io/reactor/registration.h"
#include "tests/io/udp_helpers.h"

// What the network answers, and what only Linux promises about it.

namespace
{

ASYNC_FN(void, send_many_to_nobody, (), nr_udp *u; nr_addr at, nobody;
         nr_datagram v[4];)
{
    ASYNC_BEGIN(send_many_to_nobody);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    EXPECT_AWAITED(1, nr_udp_send_many(self->u, self->v, 1));
    EXPECT_AWAITED(-ECONNREFUSED, nr_udp_recv_many(self->u, self->v, 4));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, RecvManyOfAPeerThatIsNotThereIsRefused)
{
    BLOCK_ON(rt, send_many_to_nobody());
}

} // namespace
