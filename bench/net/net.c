/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "bench/net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* The ports that one source address has, with room to spare. */
enum { CONNECTIONS_PER_ADDRESS = 20000 };

void net_die(const char *what)
{
    net_die_of(errno, what);
}

void net_die_of(int error, const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
            strerror(error));
    exit(EXIT_FAILURE);
}

uint64_t net_clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        net_die("clock");
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

clockid_t net_cpu_clock(uint64_t pid)
{
    clockid_t clock;
    int error = clock_getcpuclockid((pid_t)pid, &clock);
    if (error)
        net_die_of(error, "--pid");
    return clock;
}

void net_allow_descriptors(uint64_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        net_die("getrlimit");
    if (limit.rlim_cur >= count)
        return;
    limit.rlim_cur = (rlim_t)count;
    if (limit.rlim_max < count)
        limit.rlim_max = (rlim_t)count; /* for root only */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        net_die("setrlimit");
}

int net_serve(int type, int flags)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t at_len = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type | flags | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, at_len) != 0)
        net_die("bind");
    if (type == SOCK_STREAM && listen(fd, NET_BACKLOG) != 0)
        net_die("listen");
    if (getsockname(fd, (struct sockaddr *)&at, &at_len) != 0)
        net_die("getsockname");
    printf("listening on port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int net_connect(uint64_t port, uint64_t index)
{
    static const int on = 1;
    uint32_t source = (uint32_t)(index / CONNECTIONS_PER_ADDRESS);
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        net_die("socket");
    /* The port is chosen at connect: unique to the pair, not to the machine. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        net_die("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        net_die("connect");
    return fd;
}

int net_accept(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            return fd;
        if (errno == EAGAIN)
            return -1;
        if (errno != ECONNABORTED && errno != EINTR)
            net_die("accept4");
    }
}

int net_epoll(void)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        net_die("epoll_create1");
    return fd;
}

void net_watch(int epoll_fd, int fd, uint32_t events, epoll_data_t data)
{
    struct epoll_event e = {.events = events, .data = data};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) != 0)
        net_die("epoll_ctl");
}

int net_wait(int epoll_fd, struct epoll_event events[NET_EVENTS_MAX])
{
    for (;;) {
        int n =
            epoll_wait(epoll_fd, events, NET_EVENTS_MAX, NET_SILENCE_MAX_MS);
        if (n > 0)
            return n;
        if (n == 0)
            net_die_of(ETIMEDOUT, "the server is silent");
        if (errno != EINTR)
            net_die("epoll_wait");
    }
}

/* Whether `arg` is this option, with a number. */
static bool take_option(const net_option *o, const char *arg)
{
    size_t len = strlen(o->name);
    char *end;
    if (strncmp(arg, o->name, len) != 0)
        return false;
    if (o->count)
        *o->count = strtoull(arg + len, &end, 10);
    else
        *o->seconds = strtod(arg + len, &end);
    return end != arg + len && *end == '\0';
}

void net_options(const net_option *known, size_t len, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < len && !take_option(&known[k], argv[i]))
            k++;
        if (k == len)
            net_die_of(EINVAL, argv[i]);
    }
}
