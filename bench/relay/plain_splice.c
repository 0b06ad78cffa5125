/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * plain_splice --target=PORT: the floor of every relay. It passes each
 * connection on to that port of 127.0.0.1. One thread, one edge-triggered loop,
 * no runtime; the bytes go through a pipe for each direction (splice(2)) and
 * are never copied to this program. What is left are the system calls.
 *
 * A connection keeps its pipes to its end. That saves the most calls, but a
 * thousand idle connections then hold four thousand descriptors more.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/net/net.h"

enum {
    FD_MAX = 65536,
    /* As nanorun's; a pipe of the default size, 64 KiB, needs more calls. */
    PIPE_SIZE = 1 << 18
};

/* One way. */
typedef struct direction {
    int from, to;
    int pipe[2];
    size_t held; /* bytes in the pipe */
    bool has_ended;
} direction;

typedef struct relay {
    direction ways[2];
} relay;

/* By each of its sockets. */
static relay *relays[FD_MAX];

static void relay_close(relay *r)
{
    for (int i = 0; i < 2; i++) {
        relays[r->ways[i].from] = NULL;
        close(r->ways[i].from);
        close(r->ways[i].pipe[0]);
        close(r->ways[i].pipe[1]);
    }
    free(r);
}

static ssize_t move(int from, int to, size_t len)
{
    return splice(from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

/* Moves what it can. Returns false where the connection is broken. */
static bool pump(direction *d)
{
    while (!d->has_ended) {
        ssize_t n;
        if (d->held == 0) {
            n = move(d->from, d->pipe[1], PIPE_SIZE);
            if (n > 0)
                d->held = (size_t)n;
            else if (n == 0)
                d->has_ended = shutdown(d->to, SHUT_WR) == 0;
        } else {
            n = move(d->pipe[0], d->to, d->held);
            if (n > 0)
                d->held -= (size_t)n;
        }
        if (n < 0)
            return errno == EAGAIN;
        if (n == 0)
            return d->has_ended;
    }
    return true;
}

static void direction_open(direction *d, int from, int to)
{
    d->from = from;
    d->to = to;
    if (pipe2(d->pipe, O_NONBLOCK | O_CLOEXEC) != 0)
        net_die("pipe2");
    if (fcntl(d->pipe[0], F_SETPIPE_SZ, PIPE_SIZE) < 0)
        net_die("F_SETPIPE_SZ");
}

static void relay_open(int epoll_fd, int client, uint64_t port)
{
    int target = net_connect(port, 0);
    relay *r = calloc(1, sizeof *r);
    if (!r || client >= FD_MAX || target >= FD_MAX)
        net_die_of(ENOMEM, "a further connection");
    if (fcntl(target, F_SETFL, O_NONBLOCK) != 0)
        net_die("O_NONBLOCK");
    direction_open(&r->ways[0], client, target);
    direction_open(&r->ways[1], target, client);
    for (int i = 0; i < 2; i++) {
        int fd = r->ways[i].from;
        relays[fd] = r;
        net_watch(epoll_fd, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  (epoll_data_t){.fd = fd});
    }
}

static void serve_event(const struct epoll_event *e)
{
    relay *r = relays[e->data.fd];
    if (!r) /* an event before this one of the same wait has closed it */
        return;
    direction *in = &r->ways[r->ways[1].from == e->data.fd];
    direction *out = &r->ways[r->ways[0].from == e->data.fd];
    bool is_whole = true;
    if (e->events & ~(uint32_t)EPOLLOUT)
        is_whole = pump(in);
    if (is_whole && (e->events & EPOLLOUT) && out->held > 0)
        is_whole = pump(out);
    if (!is_whole || (in->has_ended && out->has_ended))
        relay_close(r);
}

int main(int argc, char **argv)
{
    struct epoll_event events[NET_EVENTS_MAX];
    uint64_t port = 0;
    const net_option known[] = {{"--target=", &port, NULL}};
    net_options(known, 1, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    int listener = net_serve(SOCK_STREAM, SOCK_NONBLOCK);
    int epoll_fd = net_epoll();
    net_watch(epoll_fd, listener, EPOLLIN, (epoll_data_t){.fd = listener});
    for (;;) {
        int count = epoll_wait(epoll_fd, events, NET_EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int client;
            if (events[i].data.fd != listener)
                serve_event(&events[i]);
            else
                while ((client = net_accept(listener)) >= 0)
                    relay_open(epoll_fd, client, port);
        }
    }
}
