/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * plain_epoll: the floor of every echo server. One thread, one loop, no
 * runtime, no state but the descriptor, no memory but one buffer: what is left
 * are the system calls. It is what a runtime's overhead is measured against,
 * and no server that anybody could extend: it does not keep what a slow client
 * does not read, but drops the client.
 *
 * Edge-triggered, as that saves the kernel a second look at each socket at the
 * next wait; a read that did not fill the buffer has emptied the socket.
 */

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/net/net.h"

enum { EVENTS_MAX = 256, BUF_SIZE = 4096 };

static void watch(int epoll_fd, int fd)
{
    net_watch(epoll_fd, fd, EPOLLIN | EPOLLRDHUP | EPOLLET,
              (epoll_data_t){.fd = fd});
}

static void accept_all(int epoll_fd, int listener)
{
    int fd;
    while ((fd = net_accept(listener)) >= 0)
        watch(epoll_fd, fd);
}

/* Returns whether the connection goes on. */
static bool echo(int fd, bool is_ending)
{
    static char buf[BUF_SIZE];
    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
            return false;
        /* No second edge comes for an end that is there already. */
        if ((size_t)n < sizeof buf && !is_ending)
            return true;
    }
}

int main(void)
{
    struct epoll_event events[EVENTS_MAX];
    int listener = net_serve(SOCK_STREAM, SOCK_NONBLOCK);
    int epoll_fd = net_epoll();
    watch(epoll_fd, listener);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(epoll_fd, listener);
            else if (!echo(fd, events[i].events & ~(uint32_t)EPOLLIN))
                close(fd);
        }
    }
}
