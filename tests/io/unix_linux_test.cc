// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <string>
#include <vector>

#include "nanorun/io/fd.h"
#include "tests/io/unix_helpers.h"

// Descriptors and credentials as other processes see them.

namespace
{

// How many descriptors a child of this process has after its exec, by its own
// account.
int count_fds_of_a_child()
{
    int n = 0;
    char line[256];
    FILE *child = popen("exec ls /proc/self/fd", "r");
    EXPECT_NE(child, nullptr);
    while (child && fgets(line, sizeof line, child))
        n++;
    EXPECT_EQ(pclose(child), 0);
    return n;
}

enum { PASSED = 7 };

// Sends standard input, which is not close-on-exec itself.
ASYNC_FN(void, receive_some, (), nr_stream *s[2]; int fds[PASSED], got[PASSED];
         int nfds, before; char c;)
{
    ASYNC_BEGIN(receive_some);
    open_pair(self->s);
    self->before = count_fds_of_a_child();
    for (int &fd : self->fds)
        fd = 0;
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, self->fds, PASSED));
    self->nfds = PASSED;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, self->got, &self->nfds));
    EXPECT_EQ(self->nfds, PASSED);
    EXPECT_EQ(count_fds_of_a_child(), self->before);
    for (int i = 0; i < self->nfds; i++)
        close(self->got[i]);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, AChildHasNoneOfTheDescriptorsThatArrived)
{
    BLOCK_ON(rt, receive_some());
}

// Standard input is closed, so the kernel gives its number to what arrives.
ASYNC_FN(void, receive_without_stdin, (), nr_stream *s[2]; int fd, got, nfds;
         char c;)
{
    ASYNC_BEGIN(receive_without_stdin);
    open_pair(self->s);
    self->fd = 1;
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, &self->fd, 1));
    self->fd = dup(0);
    close(0);
    self->nfds = 1;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, &self->got, &self->nfds));
    EXPECT_EQ(fcntl(0, F_GETFD), -1);
    EXPECT_EQ(dup2(self->fd, 0), 0);
    close(self->fd);
    EXPECT_EQ(self->nfds, 1);
    EXPECT_GT(self->got, 2);
    EXPECT_EQ(fcntl(self->got, F_GETFD), FD_CLOEXEC);
    close(self->got);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, ADescriptorThatArrivesTakesNoNumberOfStandardInput)
{
    BLOCK_ON(rt, receive_without_stdin());
}

// ---- what comes beside them ----

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

// Sends one more than there is room for, to a socket with the options.
ASYNC_FN(void, receive_beside, ((const std::vector<int> *, options), (int, n)),
         nr_stream *s[2];
         int fds[PASSED + 1], got[PASSED], nfds, before; char c;)
{
    static const int on = 1;
    ASYNC_BEGIN(receive_beside);
    open_pair(self->s);
    for (int option : *self->options)
        EXPECT_EQ(setsockopt((int)nr_stream_fd(self->s[1]), SOL_SOCKET, option,
                             &on, sizeof on),
                  0);
    self->before = count_fds();
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, self->fds, self->n + 1));
    self->nfds = self->n;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, self->got, &self->nfds));
    EXPECT_EQ(self->nfds, self->n);
    EXPECT_EQ(count_fds(), self->before + self->nfds);
    for (int i = 0; i < self->nfds; i++)
        close(self->got[i]);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, WhatComesBesideDescriptorsTakesNoneOfTheirRoom)
{
    const std::vector<int> options = {SO_PASSCRED};
    for (int n = 0; n <= PASSED; n++)
        BLOCK_ON(rt, receive_beside(&options, n));
}

// Whether the kernel has them: since Linux 6.5.
bool has_pidfds()
{
    int s = socket(AF_UNIX, SOCK_STREAM, 0), on = 1;
    bool has = setsockopt(s, SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on) == 0;
    close(s);
    return has;
}

TEST_F(Unix, TheDescriptorOfTheSendersProcessIsClosed)
{
    if (!has_pidfds())
        GTEST_SKIP() << "no SO_PASSPIDFD";
    const std::vector<int> options = {SO_PASSPIDFD},
                           both = {SO_PASSPIDFD, SO_PASSCRED};
    for (int n = 0; n <= PASSED; n++) {
        BLOCK_ON(rt, receive_beside(&options, n));
        BLOCK_ON(rt, receive_beside(&both, n));
    }
}

// ---- no numbers left ----

int lowest_free_fd()
{
    int fd = dup(0);
    close(fd);
    return fd;
}

ASYNC_FN(void, receive_at_the_limit, (), nr_stream *s[2], *t[2]; int fds[3];
         int got[3]; int nfds, before; unsigned limit; char c;)
{
    ASYNC_BEGIN(receive_at_the_limit);
    open_pair(self->s);
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, self->fds, 3));
    EXPECT_AWAITED(1, nr_stream_write(self->s[0], "y", 1));
    self->before = count_fds();
    self->limit = limit_fds((unsigned)lowest_free_fd() + 1);
    EXPECT_EQ(nr_unix_pair(self->t), -EMFILE);
    self->nfds = 3;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, self->got, &self->nfds));
    limit_fds(self->limit);
    EXPECT_EQ(self->c, 'x');
    EXPECT_EQ(self->nfds, 1);
    EXPECT_EQ(count_fds(), self->before + 1);
    close(self->got[0]);
    // The stream is as before.
    self->nfds = 3;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, self->got, &self->nfds));
    EXPECT_EQ(self->c, 'y');
    EXPECT_EQ(self->nfds, 0);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, DescriptorsBeyondTheLimitAreClosedAndTheBytesArrive)
{
    BLOCK_ON(rt, receive_at_the_limit());
}

// ---- who the peer is ----

// A process of another program's, as it were, which connects and waits for the
// end of the stream. It uses nothing of the library.
pid_t connect_by_child(const char *path)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    sockaddr_un at = {};
    char c;
    at.sun_family = AF_UNIX;
    strcpy(at.sun_path, path);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    bool is_done =
        connect(s, (sockaddr *)&at, sizeof at) == 0 && read(s, &c, 1) == 0;
    _exit(is_done ? 0 : 1);
}

ASYNC_FN(void, ask_the_peer, (), nr_listener *l; nr_stream * s; pid_t child;
         nr_unix_cred peer; int err, status;)
{
    ASYNC_BEGIN(ask_the_peer);
    self->err = nr_unix_listen("peer", nullptr, &self->l);
    EXPECT_EQ(self->err, 0);
    if (self->err)
        ASYNC_RETURN();
    self->child = connect_by_child("peer");
    AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(nr_unix_peer(self->s, &self->peer), 0);
    EXPECT_EQ(self->peer.pid, self->child);
    EXPECT_EQ(self->peer.uid, geteuid());
    EXPECT_EQ(self->peer.gid, getegid());
    nr_stream_close(self->s);
    self->s = nullptr;
    EXPECT_EQ(waitpid(self->child, &self->status, 0), self->child);
    EXPECT_EQ(self->status, 0);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST_F(Unix, ThePeerOfAnAcceptedStreamIsTheProcessThatConnected)
{
    BLOCK_ON(rt, ask_the_peer());
}

ASYNC_FN(void, ask_a_pair, (), nr_stream *s[2]; nr_unix_cred peer;)
{
    ASYNC_BEGIN(ask_a_pair);
    open_pair(self->s);
    for (nr_stream *s : self->s) {
        EXPECT_EQ(nr_unix_peer(s, &self->peer), 0);
        EXPECT_EQ(self->peer.pid, getpid());
        EXPECT_EQ(self->peer.uid, geteuid());
    }
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, ThePeerOfAPairIsThisProcess)
{
    BLOCK_ON(rt, ask_a_pair());
}

// ---- abstract names ----

// As the kernel lists them: with an @ for the first byte, and for any other
// that is 0.
bool is_listed(const std::string &name)
{
    char line[512];
    bool found = false;
    FILE *list = fopen("/proc/net/unix", "r");
    EXPECT_NE(list, nullptr);
    while (list && fgets(line, sizeof line, list)) {
        std::string text(line);
        size_t at = text.rfind(' ');
        found = found || text.substr(at + 1) == name + "\n";
    }
    if (list)
        fclose(list);
    return found;
}

TEST_F(Unix, AnAbstractNameHasNoFileAndNoBytesBeyondIt)
{
    nr_listener *l;
    ASSERT_EQ(nr_unix_listen("@nanorun-abstract", nullptr, &l), 0);
    EXPECT_TRUE(is_listed("@nanorun-abstract"));
    EXPECT_EQ(access("@nanorun-abstract", F_OK), -1);
    nr_listener_close(l);
    EXPECT_FALSE(is_listed("@nanorun-abstract"));
}

} // namespace
