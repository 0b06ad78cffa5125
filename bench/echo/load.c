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

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/echo/histogram.h"

enum {
    MESSAGE_MAX = 65536,
    EVENTS_MAX = 512,
    /* What a source address has of ports, with room to spare. */
    CONNECTIONS_PER_ADDRESS = 20000,
    /* Fewer than the backlog of any server. */
    CONNECTIONS_AT_ONCE = 100,
    SILENCE_MAX_MS = 10000
};

typedef struct options {
    uint64_t port;
    uint64_t connections;
    uint64_t message;
    uint64_t requests; /* 0: by time */
    uint64_t pid;      /* 0: none */
    double seconds;
    double warmup;
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
    clockid_t cpu_clock; /* the server's */
    size_t message;      /* bytes */
    connection *connections;
    char expected[MESSAGE_MAX];
    bool is_warm;
    uint64_t requests; /* since the warm-up began, or ended */
    uint64_t began_ns;
    uint64_t cpu_began_ns;
    histogram latencies;
} load;

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static void die_of(int error, const char *what)
{
    errno = error;
    die(what);
}

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0)
        die("clock");
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

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
        die_of(ECONNRESET, "the server ended a connection");
    if (n != (ssize_t)l->message)
        die("send");
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
        die("recv");
    if (n <= 0)
        die_of(ECONNRESET, "the server ended a connection");
    if ((size_t)n > left)
        die_of(EPROTO, "an echo is longer than its message");
    write_message(l, expected, c);
    if (memcmp(got, expected + c->received, (size_t)n) != 0)
        die_of(EPROTO, "an echo differs from its message");
    c->received += (size_t)n;
    return c->received == l->message;
}

static void await_echo(load *l, connection *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    do {
        int n = poll(&p, 1, SILENCE_MAX_MS);
        if (n < 0 && errno != EINTR)
            die("poll");
        if (n == 0)
            die_of(ETIMEDOUT, "the server is silent");
    } while (!receive(l, c));
}

/* ---- connecting ---- */

static void allow_descriptors(rlim_t count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("getrlimit");
    if (limit.rlim_cur >= count)
        return;
    limit.rlim_cur = count;
    if (limit.rlim_max < count)
        limit.rlim_max = count; /* for root only */
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("setrlimit");
}

static int connect_one(const load *l, uint64_t index)
{
    static const int on = 1;
    uint32_t source = (uint32_t)(index / CONNECTIONS_PER_ADDRESS);
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)l->o.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    /* The port is chosen at connect: unique to the pair, not to the machine. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0)
        die("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    return fd;
}

static void open_connections(load *l)
{
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0)
        die("epoll_create1");
    for (uint64_t i = 0; i < l->o.connections; i++) {
        connection *c = &l->connections[i];
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        c->fd = connect_one(l, i);
        /* The server accepts in order: who is answered was accepted, and so
         * were those before. */
        if (i % CONNECTIONS_AT_ONCE == 0) {
            send_next(l, c, 0);
            await_echo(l, c);
        }
        if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) != 0)
            die("epoll_ctl");
    }
}

/* ---- measuring ---- */

static uint64_t server_cpu_ns(const load *l)
{
    return l->o.pid ? clock_ns(l->cpu_clock) : 0;
}

static void begin_phase(load *l, bool is_warm, uint64_t now_ns)
{
    l->is_warm = is_warm;
    l->requests = 0;
    l->began_ns = now_ns;
    l->cpu_began_ns = server_cpu_ns(l);
}

static bool phase_has_ended(const load *l, uint64_t now_ns)
{
    double bound_s = l->is_warm ? l->o.seconds : l->o.warmup;
    if (l->o.requests)
        return l->requests >= (l->is_warm ? l->o.requests : l->o.connections);
    return (double)(now_ns - l->began_ns) >= bound_s * 1e9;
}

static void serve_event(load *l, connection *c)
{
    if (!receive(l, c))
        return;
    uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    l->requests++;
    if (l->is_warm)
        histogram_add(&l->latencies, now_ns - c->sent_ns);
    send_next(l, c, now_ns);
}

/* Returns when the measurement ended. */
static uint64_t run(load *l)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    begin_phase(l, false, now_ns);
    for (uint64_t i = 0; i < l->o.connections; i++)
        send_next(l, &l->connections[i], clock_ns(CLOCK_MONOTONIC));
    for (;;) {
        int n = epoll_wait(l->epoll_fd, events, EVENTS_MAX, SILENCE_MAX_MS);
        if (n < 0 && errno != EINTR)
            die("epoll_wait");
        if (n == 0)
            die_of(ETIMEDOUT, "the server is silent");
        for (int i = 0; i < n; i++)
            serve_event(l, events[i].data.ptr);
        now_ns = clock_ns(CLOCK_MONOTONIC);
        if (!phase_has_ended(l, now_ns))
            continue;
        if (l->is_warm)
            return now_ns;
        begin_phase(l, true, now_ns);
    }
}

static double at_us(const load *l, double share)
{
    return (double)histogram_at(&l->latencies, share) / 1e3;
}

static void report(const load *l, uint64_t ended_ns)
{
    double count = (double)l->requests;
    double ns = (double)(ended_ns - l->began_ns);
    printf("{\"requests\": %" PRIu64 ", \"seconds\": %.3f, "
           "\"requests_per_s\": %.0f, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f",
           l->requests, ns / 1e9, count * 1e9 / ns, at_us(l, 0.5),
           at_us(l, 0.99), at_us(l, 0.999));
    if (l->o.pid)
        printf(", \"server_cpu_us_per_request\": %.3f",
               (double)(server_cpu_ns(l) - l->cpu_began_ns) / 1e3 / count);
    printf("}\n");
}

/* ---- the command line ---- */

static bool is_named(const char *arg, const char *name, const char **value)
{
    size_t len = strlen(name);
    *value = arg + len;
    return strncmp(arg, name, len) == 0;
}

static bool take_option(options *o, const char *arg)
{
    const struct {
        const char *name;
        uint64_t *count;
        double *seconds;
    } known[] = {
        {"--port=", &o->port, NULL},
        {"--connections=", &o->connections, NULL},
        {"--message=", &o->message, NULL},
        {"--requests=", &o->requests, NULL},
        {"--pid=", &o->pid, NULL},
        {"--seconds=", NULL, &o->seconds},
        {"--warmup=", NULL, &o->warmup},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *value;
        char *end;
        if (!is_named(arg, known[i].name, &value))
            continue;
        if (known[i].count)
            *known[i].count = strtoull(value, &end, 10);
        else
            *known[i].seconds = strtod(value, &end);
        return end != value && *end == '\0';
    }
    return false;
}

static bool are_sane(const options *o)
{
    return o->port > 0 && o->port < 65536 && o->connections > 0 &&
           o->connections <= 1000000 && o->message >= sizeof(uint64_t) &&
           o->message < MESSAGE_MAX && o->seconds > 0 && o->warmup >= 0;
}

static options parse(int argc, char **argv)
{
    options o = {.connections = 1, .message = 64, .seconds = 3, .warmup = 1};
    for (int i = 1; i < argc; i++) {
        if (!take_option(&o, argv[i]))
            die_of(EINVAL, argv[i]);
    }
    if (!are_sane(&o))
        die_of(EINVAL, "an option is missing or out of range");
    return o;
}

int main(int argc, char **argv)
{
    static load l;
    l.o = parse(argc, argv);
    l.message = (size_t)l.o.message;
    for (size_t i = 0; i < sizeof l.expected; i++)
        l.expected[i] = (char)('a' + i % 26);
    if (l.o.pid && clock_getcpuclockid((pid_t)l.o.pid, &l.cpu_clock) != 0)
        die_of(ESRCH, "--pid");
    allow_descriptors((rlim_t)l.o.connections + 16);
    l.connections = calloc((size_t)l.o.connections, sizeof *l.connections);
    if (!l.connections)
        die("memory");
    open_connections(&l);
    report(&l, run(&l));
    return EXIT_SUCCESS;
}
