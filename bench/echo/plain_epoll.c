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

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, EVENTS_MAX = 256, BUF_SIZE = 4096 };

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int open_listener(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t at_len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, at_len) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &at_len) != 0)
        die("listen");
    printf("listening on port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void watch(int epoll_fd, int fd)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
                            .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
        die("epoll_ctl");
}

static void accept_all(int epoll_fd, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            watch(epoll_fd, fd);
        else if (errno == EAGAIN)
            return;
        else if (errno != ECONNABORTED && errno != EINTR)
            die("accept4");
    }
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
    int listener = open_listener();
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        die("epoll_create1");
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
