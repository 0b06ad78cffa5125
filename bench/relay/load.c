/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * load [--connections=N] [--transfers=N]
 *
 * Both ends of every relay: plain epoll, a single thread, none of the runtimes
 * that it measures. It prints "listening on port T", where T is the target that
 * the relay is to pass connections on to, and reads the relay's port from
 * standard input.
 *
 * A transfer is a connection through the relay. The client sends 1 MiB while it
 * reads; the target sends all that it gets back, as far as there is room. Each
 * ends its direction when it has sent everything. The client compares every
 * byte with what it sent; no two transfers that run at the same time send the
 * same. As many transfers run at once as there are connections. It prints one
 * line of JSON; a MiB there counts once for each direction.
 *
 * An echo that ends early, comes back changed or not at all within ten seconds
 * fails the run.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/net/net.h"

enum {
    TRANSFER_SIZE = 1 << 20,
    CHUNK_SIZE = 1 << 16, /* that one call moves */
    /* Transfer i sends the random bytes from i times this on. */
    SHIFT = 509,
    SHIFTS_MAX = 1 << 14
};

typedef struct peer {
    int fd;
    bool is_client;
    bool has_sent_all;
    size_t sent, received; /* of this transfer */
    const char *content;   /* the client's TRANSFER_SIZE bytes */
    char *buf;             /* the target's: `buffered` bytes are to be sent */
    size_t buffered, buf_sent;
} peer;

typedef struct load {
    uint64_t connections, transfers;
    uint64_t port; /* the relay's */
    int epoll_fd, listener;
    uint64_t begun, done;
    char random[TRANSFER_SIZE + SHIFT * SHIFTS_MAX];
} load;

static void load_fill(load *l)
{
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < sizeof l->random; i++) {
        x ^= x << 13; /* Marsaglia's xorshift (2003) */
        x ^= x >> 7;
        x ^= x << 17;
        l->random[i] = (char)(x >> 32);
    }
}

/* Returns how many bytes went, or -1 where there is no room. */
static ssize_t peer_send(const peer *p, const char *data, size_t len)
{
    ssize_t n =
        send(p->fd, data, len < CHUNK_SIZE ? len : CHUNK_SIZE, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN)
        net_die("the relay ended a connection: send");
    return n;
}

/* Returns how many bytes came, 0 at the end, or -1 where there are none yet. */
static ssize_t peer_receive(const peer *p, char *buf)
{
    ssize_t n = recv(p->fd, buf, CHUNK_SIZE, 0);
    if (n < 0 && errno != EAGAIN)
        net_die("the relay ended a connection: recv");
    return n;
}

static void peer_end_sending(peer *p)
{
    p->has_sent_all = true;
    if (shutdown(p->fd, SHUT_WR) != 0)
        net_die("the relay ended a connection: shutdown");
}

static void peer_open(load *l, int fd, bool is_client)
{
    peer *p = calloc(1, sizeof *p);
    if (!p || (!is_client && !(p->buf = malloc(CHUNK_SIZE))))
        net_die("memory");
    p->fd = fd;
    p->is_client = is_client;
    if (is_client)
        p->content = l->random + SHIFT * (l->begun % SHIFTS_MAX);
    net_watch(l->epoll_fd, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
              (epoll_data_t){.ptr = p});
}

static void peer_close(peer *p)
{
    close(p->fd);
    free(p->buf);
    free(p);
}

/* ---- the client ---- */

static void client_begin(load *l)
{
    int fd = net_connect(l->port, l->begun);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        net_die("O_NONBLOCK");
    peer_open(l, fd, true);
    l->begun++;
}

static void client_send(peer *p)
{
    while (!p->has_sent_all) {
        ssize_t n = peer_send(p, p->content + p->sent, TRANSFER_SIZE - p->sent);
        if (n < 0)
            return;
        p->sent += (size_t)n;
        if (p->sent == TRANSFER_SIZE)
            peer_end_sending(p);
    }
}

/* Returns whether the echo is whole. */
static bool client_receive(peer *p)
{
    static char got[CHUNK_SIZE];
    ssize_t n;
    while ((n = peer_receive(p, got)) > 0) {
        if ((size_t)n > p->sent - p->received ||
            memcmp(got, p->content + p->received, (size_t)n) != 0)
            net_die_of(EPROTO, "an echo differs from what was sent");
        p->received += (size_t)n;
    }
    if (n == 0 && p->received < TRANSFER_SIZE)
        net_die_of(ECONNRESET, "an echo ended early");
    return n == 0;
}

static void client_serve(load *l, peer *p)
{
    client_send(p);
    if (!client_receive(p))
        return;
    peer_close(p);
    l->done++;
    if (l->begun < l->transfers)
        client_begin(l);
}

/* ---- the target ---- */

static void target_serve(peer *p)
{
    ssize_t n = 0;
    for (;;) {
        while (p->buf_sent < p->buffered) {
            n = peer_send(p, p->buf + p->buf_sent, p->buffered - p->buf_sent);
            if (n < 0)
                return;
            p->buf_sent += (size_t)n;
        }
        n = peer_receive(p, p->buf);
        if (n < 0)
            return;
        if (n == 0)
            break;
        p->buffered = (size_t)n;
        p->buf_sent = 0;
    }
    peer_end_sending(p);
    peer_close(p);
}

static void target_accept(load *l)
{
    int fd;
    while ((fd = net_accept(l->listener)) >= 0)
        peer_open(l, fd, false);
}

/* ---- the run ---- */

static void load_run(load *l)
{
    struct epoll_event events[NET_EVENTS_MAX];
    while (l->begun < l->connections && l->begun < l->transfers)
        client_begin(l);
    while (l->done < l->transfers) {
        int n = net_wait(l->epoll_fd, events);
        for (int i = 0; i < n; i++) {
            peer *p = events[i].data.ptr;
            if (!p)
                target_accept(l);
            else if (p->is_client)
                client_serve(l, p);
            else
                target_serve(p);
        }
    }
}

static load *load_open(int argc, char **argv)
{
    load *l = calloc(1, sizeof *l);
    if (!l)
        net_die("memory");
    l->connections = l->transfers = 1;
    const net_option known[] = {{"--connections=", &l->connections, NULL},
                                {"--transfers=", &l->transfers, NULL}};
    net_options(known, 2, argc, argv);
    if (l->connections == 0 || l->connections > SHIFTS_MAX || l->transfers == 0)
        net_die_of(EINVAL, "an option is out of range");
    net_allow_descriptors(2 * l->connections + 16);
    load_fill(l);
    l->listener = net_serve(SOCK_STREAM, SOCK_NONBLOCK);
    l->epoll_fd = net_epoll();
    net_watch(l->epoll_fd, l->listener, EPOLLIN, (epoll_data_t){.ptr = NULL});
    if (scanf("%" SCNu64, &l->port) != 1)
        net_die_of(EINVAL, "no port on standard input");
    return l;
}

int main(int argc, char **argv)
{
    load *l = load_open(argc, argv);
    uint64_t began_ns = net_clock_ns(CLOCK_MONOTONIC);
    load_run(l);
    double seconds = (double)(net_clock_ns(CLOCK_MONOTONIC) - began_ns) / 1e9;
    double mib = 2.0 * (double)l->done * TRANSFER_SIZE / (1 << 20);
    printf("{\"transfers\": %" PRIu64 ", \"mib\": %.0f, \"seconds\": %.3f, "
           "\"mib_per_s\": %.1f}\n",
           l->done, mib, seconds, mib / seconds);
    free(l);
    return EXIT_SUCCESS;
}
