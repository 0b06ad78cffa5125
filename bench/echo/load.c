/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * load --port=P [--connections=N] [--seconds=S | --requests=N] [--warmup=S]
 *      [--message=BYTES] [--pid=PID]
 *
 * The one client of every echo server: plain epoll, a single thread, none of
 * the runtimes that it measures. Each connection plays ping-pong: it sends a
 * message, waits until all of it came back, compares, and sends the next. It
 * measures after a warm-up (of --warmup seconds, or with --requests of as many
 * requests as connections) and prints one line of JSON. With --pid it reads
 * the CPU clock of that process where the measurement begins and ends.
 *
 * An echo that ends early, comes back changed or not at all within ten seconds
 * fails the run.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/echo/histogram.h"
#include "bench/net/net.h"
#include "bench/net/span.h"

enum {
    MESSAGE_MAX = 65536,
    /* Fewer than the backlog of any server. */
    CONNECTIONS_AT_ONCE = 100
};

typedef struct options {
    uint64_t port;
    uint64_t connections;
    uint64_t message;
} options;

typedef struct connection {
    int fd;
    size_t received;
    uint64_t sequence; /* of the request under way: how its message begins */
    uint64_t sent_ns;
} connection;

typedef struct load {
    options o;
    int epoll_fd;
    size_t message; /* bytes */
    connection *connections;
    char expected[MESSAGE_MAX];
    net_span span; /* it counts requests */
    histogram latencies;
} load;

/* ---- one request ---- */

/* The message of a connection: its sequence number, then what all have. */
static void write_message(const load *l, char *message, const connection *c)
{
    memcpy(message, l->expected, l->message);
    memcpy(message, &c->sequence, sizeof c->sequence);
}

static void send_next(load *l, connection *c, uint64_t now_ns)
{
    char message[MESSAGE_MAX];
    c->sequence++;
    c->received = 0;
    c->sent_ns = now_ns;
    write_message(l, message, c);
    ssize_t n = send(c->fd, message, l->message, MSG_NOSIGNAL);
    if (n < 0 && (errno == ECONNRESET || errno == EPIPE))
        net_die_of(ECONNRESET, "the server ended a connection");
    if (n != (ssize_t)l->message)
        net_die("send");
}

/* Takes what came. Returns whether the echo is whole. */
static bool receive(load *l, connection *c)
{
    char expected[MESSAGE_MAX], got[MESSAGE_MAX];
    /* Asks for a byte too many, so as to see an echo that is too long. */
    size_t left = l->message - c->received;
    ssize_t n = recv(c->fd, got, left + 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n < 0 && errno != ECONNRESET)
        net_die("recv");
    if (n <= 0)
        net_die_of(ECONNRESET, "the server ended a connection");
    if ((size_t)n > left)
        net_die_of(EPROTO, "an echo is longer than its message");
    write_message(l, expected, c);
    if (memcmp(got, expected + c->received, (size_t)n) != 0)
        net_die_of(EPROTO, "an echo differs from its message");
    c->received += (size_t)n;
    return c->received == l->message;
}

static void await_echo(load *l, connection *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    do {
        int n = poll(&p, 1, NET_SILENCE_MAX_MS);
        if (n < 0 && errno != EINTR)
            net_die("poll");
        if (n == 0)
            net_die_of(ETIMEDOUT, "the server is silent");
    } while (!receive(l, c));
}

/* ---- connecting ---- */

static void open_connections(load *l)
{
    l->epoll_fd = net_epoll();
    for (uint64_t i = 0; i < l->o.connections; i++) {
        connection *c = &l->connections[i];
        c->fd = net_connect(l->o.port, i);
        /* The server accepts in order: who is answered was accepted, and so
         * were those before. */
        if (i % CONNECTIONS_AT_ONCE == 0) {
            send_next(l, c, 0);
            await_echo(l, c);
        }
        net_watch(l->epoll_fd, c->fd, EPOLLIN, (epoll_data_t){.ptr = c});
    }
}

/* ---- measuring ---- */

static void serve_event(load *l, connection *c)
{
    if (!receive(l, c))
        return;
    uint64_t now_ns = net_clock_ns(CLOCK_MONOTONIC);
    l->span.done++;
    if (l->span.is_warm)
        histogram_add(&l->latencies, now_ns - c->sent_ns);
    send_next(l, c, now_ns);
}

static void run(load *l)
{
    struct epoll_event events[NET_EVENTS_MAX];
    net_span_begin(&l->span);
    for (uint64_t i = 0; i < l->o.connections; i++)
        send_next(l, &l->connections[i], net_clock_ns(CLOCK_MONOTONIC));
    do {
        int n = net_wait(l->epoll_fd, events);
        for (int i = 0; i < n; i++)
            serve_event(l, events[i].data.ptr);
    } while (!net_span_has_ended(&l->span));
}

static double at_us(const load *l, double share)
{
    return (double)histogram_at(&l->latencies, share) / 1e3;
}

static void report(const load *l)
{
    double count = (double)l->span.done;
    double ns = (double)l->span.wall_ns;
    printf("{\"requests\": %" PRIu64 ", \"seconds\": %.3f, "
           "\"requests_per_s\": %.0f, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f",
           l->span.done, ns / 1e9, count * 1e9 / ns, at_us(l, 0.5),
           at_us(l, 0.99), at_us(l, 0.999));
    if (l->span.pid)
        printf(", \"server_cpu_us_per_request\": %.3f",
               (double)l->span.cpu_ns / 1e3 / count);
    printf("}\n");
}

/* ---- the command line ---- */

static bool are_sane(const options *o, const net_span *s)
{
    return o->port > 0 && o->port < 65536 && o->connections > 0 &&
           o->connections <= 1000000 && o->message >= sizeof(uint64_t) &&
           o->message < MESSAGE_MAX && s->seconds > 0 && s->warmup >= 0;
}

static void parse(load *l, int argc, char **argv)
{
    options *o = &l->o;
    net_span *s = &l->span;
    const net_option known[] = {
        {"--port=", &o->port, NULL},
        {"--connections=", &o->connections, NULL},
        {"--message=", &o->message, NULL},
        {"--requests=", &s->count, NULL},
        {"--pid=", &s->pid, NULL},
        {"--seconds=", NULL, &s->seconds},
        {"--warmup=", NULL, &s->warmup},
    };
    *o = (options){.connections = 1, .message = 64};
    *s = (net_span){.seconds = 3, .warmup = 1};
    net_options(known, sizeof known / sizeof known[0], argc, argv);
    if (!are_sane(o, s))
        net_die_of(EINVAL, "an option is missing or out of range");
    s->warm_count = o->connections;
    l->message = (size_t)o->message;
}

int main(int argc, char **argv)
{
    static load l;
    parse(&l, argc, argv);
    for (size_t i = 0; i < sizeof l.expected; i++)
        l.expected[i] = (char)('a' + i % 26);
    net_allow_descriptors(l.o.connections + 16);
    l.connections = calloc((size_t)l.o.connections, sizeof *l.connections);
    if (!l.connections)
        net_die("memory");
    open_connections(&l);
    run(&l);
    report(&l);
    return EXIT_SUCCESS;
}
