// SPDX-License-Identifier: MIT
// echo_server with more clients than nc can be: ten thousand at once, and more
// of them than it has descriptors. ECHO_SERVER names the program.
#include <gtest/gtest.h>

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/examples/server_process.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif

namespace
{

// Whether VmRSS goes on to count what a program has freed: sanitizers watch it
// for a while, emulators do not take all of it back.
bool freed_memory_is_kept()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    const size_t floor_kib = resident_kib_of(getpid());
    std::vector<std::string> blocks(10000, std::string(4000, 'x'));
    const size_t peak_kib = resident_kib_of(getpid());
    blocks.clear();
    malloc_trim(0);
    return resident_kib_of(getpid()) > floor_kib + (peak_kib - floor_kib) / 8;
#endif
}

std::string program()
{
    const char *path = getenv("ECHO_SERVER");
    return path ? path : "";
}

// Makes room for `count` descriptors, here and in children; false: the system
// does not permit it.
bool may_open(size_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max < count)
        return false;
    if (limit.rlim_cur < count)
        limit.rlim_cur = count;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

// Different for every client and every round.
std::string message(size_t client, size_t round)
{
    std::string text = std::to_string(round) + ":" + std::to_string(client);
    while (text.size() < 200)
        text += "," + text;
    return text;
}

// `count` clients are connected all at once, and each is sent back what it
// sends; then all end. Returns the server's memory while all were connected.
void run_clients(const server_process &server, size_t count, size_t round,
                 size_t *resident_kib)
{
    std::vector<int> clients;
    for (size_t i = 0; i < count; i++) {
        clients.push_back(server.connect());
        ASSERT_GE(clients.back(), 0) << i << ": " << strerror(errno);
    }
    for (size_t i = 0; i < count; i++)
        ASSERT_TRUE(write_all(clients[i], message(i, round)));
    for (size_t i = 0; i < count; i++) {
        const std::string sent = message(i, round);
        ASSERT_EQ(read_exact(clients[i], sent.size()), sent);
    }
    *resident_kib = server.resident_kib();
    for (int fd : clients)
        ASSERT_EQ(shutdown(fd, SHUT_WR), 0);
    for (int fd : clients) {
        ASSERT_EQ(read_exact(fd, 1), "");
        close(fd);
    }
}

TEST(EchoServerLoad, TenThousandClientsAtOnceLeaveNothingBehind)
{
    const size_t count = 10000;
    if (!may_open(count + 100))
        GTEST_SKIP() << "RLIMIT_NOFILE permits less than " << count;
    server_process server(program());
    ASSERT_NE(server.port(), 0) << "ECHO_SERVER=" << program();
    ASSERT_TRUE(server.trim());
    const size_t floor_kib = server.resident_kib();
    const size_t floor_descriptors = server.open_descriptors();
    size_t peak_kib = 0, one_kib = 0;
    for (size_t round = 0; round < 2; round++)
        ASSERT_NO_FATAL_FAILURE(run_clients(server, count, round, &peak_kib));
    // What was closed may be freed a little later: after a further event.
    ASSERT_NO_FATAL_FAILURE(run_clients(server, 1, 2, &one_kib));
    EXPECT_EQ(server.open_descriptors(), floor_descriptors);
    ASSERT_TRUE(server.trim());
    const size_t after_kib = server.resident_kib();
    printf("VmRSS in KiB: %zu at first, %zu with %zu clients, %zu after\n",
           floor_kib, peak_kib, count, after_kib);
    if (freed_memory_is_kept()) {
        printf("not compared: freed memory is kept here\n");
    } else {
        EXPECT_LT(after_kib, floor_kib + (peak_kib - floor_kib) / 8);
    }
}

TEST(EchoServerLoad, OutOfDescriptorsItServesTheOthersLater)
{
    const size_t limit = 40, count = 100;
    server_process server(program(), limit);
    ASSERT_NE(server.port(), 0) << "ECHO_SERVER=" << program();
    std::vector<int> clients;
    for (size_t i = 0; i < count; i++) {
        clients.push_back(server.connect());
        ASSERT_GE(clients.back(), 0) << strerror(errno);
        ASSERT_TRUE(write_all(clients.back(), message(i, 0)));
    }
    // As each gets its answer and goes, a waiting one takes its place.
    for (size_t i = 0; i < count; i++) {
        ASSERT_EQ(read_exact(clients[i], message(i, 0).size()), message(i, 0));
        close(clients[i]);
    }
}

} // namespace
