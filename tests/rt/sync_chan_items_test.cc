// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/chan.h"
#include "tests/rt/hand.h"
#include "tests/support/alloc_failure.h"

// Channels of items of any size, and of what cannot be.

namespace
{

using hand::Chain;

class ChanItems : public hand::Test
{
};

TEST_F(ChanItems, CannotBeMadeOfNothingOrTooMuch)
{
    errno = 0;
    EXPECT_EQ(CHAN_NEW(int, 0), nullptr);
    EXPECT_EQ(errno, EINVAL);
    for (size_t n : {SIZE_MAX, SIZE_MAX / 4, SIZE_MAX / 8}) {
        errno = 0;
        EXPECT_EQ(CHAN_NEW(int, n), nullptr);
        EXPECT_EQ(errno, EINVAL);
    }
    AllocFailure failure(0);
    errno = 0;
    EXPECT_EQ(CHAN_NEW(int, 1), nullptr);
    EXPECT_EQ(errno, ENOMEM);
}

template <size_t SIZE> struct Block {
    unsigned char bytes[SIZE];
};

// Through the ring, and given to a receiver in line.
template <size_t SIZE> void SendAndReceive()
{
    Block<SIZE> in, out = {}, given = {};
    for (size_t i = 0; i < SIZE; i++)
        in.bytes[i] = (unsigned char)(i * 7 + SIZE);
    CHAN(Block<SIZE>) *c = CHAN_NEW(Block<SIZE>, 2);
    ASSERT_NE(c, nullptr);
    Chain recv(CHAN_RECV(c, &given));
    EXPECT_EQ(recv.Poll(), NR_PENDING);
    for (int i = 0; i < 2; i++) {
        Chain send(CHAN_SEND(c, in));
        EXPECT_EQ(send.Poll(), NR_READY);
    }
    EXPECT_EQ(recv.Poll(), NR_READY);
    EXPECT_EQ(CHAN_TRY_RECV(c, &out), 0);
    EXPECT_EQ(memcmp(in.bytes, out.bytes, SIZE), 0);
    EXPECT_EQ(memcmp(in.bytes, given.bytes, SIZE), 0);
    CHAN_FREE(c);
}

TEST_F(ChanItems, ItemsOfAnySizeArriveWhole)
{
    SendAndReceive<1>();
    SendAndReceive<7>();
    SendAndReceive<8>();
    SendAndReceive<9>();
    SendAndReceive<24>();
    SendAndReceive<1000>();
    SendAndReceive<4096>();
    SendAndReceive<100000>();
}

TEST_F(ChanItems, WithoutMemoryThereIsNoFuture)
{
    typedef CHAN(int) int_chan;
    int_chan *c = CHAN_NEW(int, 1);
    int v = 7;
    {
        AllocFailure failure(0, AllocFailure::FROM_THERE_ON);
        EXPECT_EQ(CHAN_SEND(c, 1), nullptr);
        EXPECT_EQ(CHAN_RECV(c, &v), nullptr);
    }
    EXPECT_EQ(CHAN_TRY_RECV(c, &v), -EAGAIN);
    EXPECT_EQ(v, 7);
    CHAN_FREE(c);
}

} // namespace
