// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_SYSTEM_SOCKET_H
#define NANORUN_TESTS_IO_SYSTEM_SOCKET_H

// What the system can do with the socket of a stream and nanorun does not
// offer: a test's peer is a stream like any other, and misbehaves by this.

#if defined(_WIN32)
#include <winsock2.h>
typedef SOCKET system_socket;
#else
#include <sys/socket.h>
typedef int system_socket;
#endif

#include <gtest/gtest.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/tcp.h"

inline system_socket socket_of(nr_stream *s)
{
    return (system_socket)s->io_->socket;
}

// Sets an option of SOL_SOCKET.
template <typename Value>
void set_option(nr_stream *s, int name, const Value &value)
{
    EXPECT_EQ(setsockopt(socket_of(s), SOL_SOCKET, name, (const char *)&value,
                         sizeof value),
              0);
}

#endif
