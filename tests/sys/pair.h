/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYS_PAIR_H
#define TESTS_SYS_PAIR_H

// Connected sockets over loopback, made by the functions under test.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"

namespace sys_test
{

inline nr_addr Loopback(bool is_v6 = false, uint16_t port = 0)
{
    nr_addr a = {};

    if (is_v6) {
        a.ip_[15] = 1;
    } else {
        a.ip_[0] = 127;
        a.ip_[3] = 1;
    }
    a.is_v6_ = is_v6;
    a.port_ = port;
    return a;
}

inline bool IsSame(const nr_addr &a, const nr_addr &b)
{
    return memcmp(a.ip_, b.ip_, sizeof(a.ip_)) == 0 && a.port_ == b.port_ &&
           a.scope_id_ == b.scope_id_ && a.is_v6_ == b.is_v6_;
}

inline int Listen(const nr_addr &at, nr_sys_socket *out, int backlog = 1)
{
    nr_sys_listen_options options = {};
    options.backlog = backlog;
    return nr_sys_socket_listen(&at, &options, out);
}

// A listening socket at a free port.
class Listener
{
  public:
    explicit Listener(nr_addr at = Loopback(), int backlog = 16)
    {
        EXPECT_EQ(Listen(at, &socket, backlog), 0);
        EXPECT_EQ(nr_sys_socket_local_addr(socket, &addr), 0);
    }
    ~Listener()
    {
        nr_sys_socket_close(socket);
    }
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;

    nr_sys_socket socket = NR_SYS_NO_SOCKET;
    nr_addr addr = {};
};

class Poller
{
  public:
    Poller()
    {
        EXPECT_EQ(nr_sys_poller_create(&p), 0);
    }
    ~Poller()
    {
        nr_sys_poller_destroy(p);
    }
    Poller(const Poller &) = delete;
    Poller &operator=(const Poller &) = delete;

    // Waits for one event; `ready` is 0 when none came.
    nr_sys_event Wait(uint64_t timeout_ns)
    {
        nr_sys_event e = {};
        int count = nr_sys_poller_wait(p, &e, 1, timeout_ns);

        EXPECT_LE(count, 1);
        return count == 1 ? e : nr_sys_event{};
    }

    // Gathers what happens to `token` until all of `ready` has.
    void WaitFor(void *token, uint32_t ready)
    {
        uint32_t seen = 0;

        while ((seen & ready) != ready) {
            nr_sys_event e = Wait(UINT64_MAX);
            if (e.token == token)
                seen |= e.ready;
        }
    }

    nr_sys_poller *p = nullptr;
};

// All of it, in as many calls as it takes.
inline void WriteAll(nr_sys_socket s, const char *data, size_t len)
{
    Poller poller;
    ptrdiff_t count;

    ASSERT_EQ(nr_sys_poller_add(poller.p, s, nullptr), 0);
    for (; len > 0; len -= static_cast<size_t>(count), data += count) {
        while ((count = nr_sys_socket_write(s, data, len)) == -EAGAIN) {
            nr_sys_poller_rearm(poller.p, s, nullptr, NR_SYS_WRITABLE);
            poller.Wait(UINT64_MAX);
        }
        ASSERT_GT(count, 0);
    }
    nr_sys_poller_remove(poller.p, s);
}

// Up to `len` bytes, in as many calls as it takes to get them or to find the
// end of the stream; returns how many.
inline size_t ReadAll(nr_sys_socket s, char *data, size_t len)
{
    Poller poller;
    ptrdiff_t count = -EAGAIN;
    size_t done = 0;

    EXPECT_EQ(nr_sys_poller_add(poller.p, s, nullptr), 0);
    while (done < len && count != 0) {
        count = nr_sys_socket_read(s, data + done, len - done);
        if (count == -EAGAIN) {
            nr_sys_poller_rearm(poller.p, s, nullptr, NR_SYS_READABLE);
            poller.Wait(UINT64_MAX);
            continue;
        }
        EXPECT_GE(count, 0);
        if (count < 0)
            break;
        done += static_cast<size_t>(count);
    }
    nr_sys_poller_remove(poller.p, s);
    return done;
}

// A client and the server that accepted it; may be closed, and then is -1.
class Pair
{
  public:
    explicit Pair(bool is_v6 = false) : Pair(Listener(Loopback(is_v6)))
    {
    }
    explicit Pair(const Listener &listener)
    {
        Poller poller;
        int result;

        EXPECT_EQ(nr_sys_socket_open(listener.addr.is_v6_, &client), 0);
        result = nr_sys_socket_connect(client, &listener.addr);
        EXPECT_TRUE(result == 0 || result == -EINPROGRESS) << result;
        EXPECT_EQ(nr_sys_poller_add(poller.p, client, &client), 0);
        if (result != 0)
            poller.WaitFor(&client, NR_SYS_WRITABLE);
        EXPECT_EQ(nr_sys_socket_connect_result(client), 0);
        nr_sys_poller_remove(poller.p, client);
        EXPECT_EQ(nr_sys_poller_add(poller.p, listener.socket, this), 0);
        while ((result = nr_sys_socket_accept(listener.socket, &server,
                                              &server_peer)) == -EAGAIN) {
            nr_sys_poller_rearm(poller.p, listener.socket, this,
                                NR_SYS_READABLE);
            poller.Wait(UINT64_MAX);
        }
        EXPECT_EQ(result, 0);
        nr_sys_poller_remove(poller.p, listener.socket);
    }
    ~Pair()
    {
        Close(&client);
        Close(&server);
    }
    Pair(const Pair &) = delete;
    Pair &operator=(const Pair &) = delete;

    static void Close(nr_sys_socket *s)
    {
        if (*s != NR_SYS_NO_SOCKET)
            nr_sys_socket_close(*s);
        *s = NR_SYS_NO_SOCKET;
    }

    nr_sys_socket client = NR_SYS_NO_SOCKET;
    nr_sys_socket server = NR_SYS_NO_SOCKET;
    nr_addr server_peer = {};
};

} // namespace sys_test

#endif
