/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/error.h"

#include <gtest/gtest.h>
#include <winsock2.h>

#include <cerrno>
#include <cstring>

#include "nanorun/async/error.h"

namespace
{

TEST(ErrorWindows, WhatTheContractNamesHasItsErrno)
{
    const struct {
        int wsa, expected;
    } pairs[] = {
        {WSAEWOULDBLOCK, -EAGAIN},
        {WSAEADDRINUSE, -EADDRINUSE},
        {WSAEADDRNOTAVAIL, -EADDRNOTAVAIL},
        {WSAEACCES, -EACCES},
        {WSAEAFNOSUPPORT, -EAFNOSUPPORT},
        {WSAECONNABORTED, -ECONNABORTED},
        {WSAECONNREFUSED, -ECONNREFUSED},
        {WSAECONNRESET, -ECONNRESET},
        {WSAEHOSTUNREACH, -EHOSTUNREACH},
        {WSAEINVAL, -EINVAL},
        {WSAEMFILE, -EMFILE},
        {WSAENETUNREACH, -ENETUNREACH},
        {WSAENOBUFS, -ENOMEM},
        {WSA_NOT_ENOUGH_MEMORY, -ENOMEM},
        {WSAENOTCONN, -ENOTCONN},
        {WSAESHUTDOWN, -EPIPE},
        {WSAETIMEDOUT, -ETIMEDOUT},
    };

    for (auto &p : pairs)
        EXPECT_EQ(nr_sys_error_from_wsa(p.wsa), p.expected) << p.wsa;
}

TEST(ErrorWindows, WhatHasNoNameIsAnInputOutputError)
{
    EXPECT_EQ(nr_sys_error_from_wsa(0), -EIO);
    EXPECT_EQ(nr_sys_error_from_wsa(123456), -EIO);
}

// All of Winsock's own, 10000 to 10071.
TEST(ErrorWindows, WhatTheTableSaysHasANameForUsers)
{
    for (int wsa = WSABASEERR; wsa <= WSAEREMOTE; wsa++) {
        int error = nr_sys_error_from_wsa(wsa);

        EXPECT_LT(error, 0);
        EXPECT_STRNE(nr_strerror(error), "unknown error") << wsa;
    }
}

} // namespace
