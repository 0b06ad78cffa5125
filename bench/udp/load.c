/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * load --port=P [--window=N] [--seconds=S | --datagrams=N] [--warmup=S]
 *      [--pid=PID]
 *
 * The one client of every datagram server: one socket, a single thread, none of
 * the runtimes that it measures. It keeps `window` datagrams of 64 bytes in
 * flight: each that comes back is compared, and the next one of its slot is
 * sent. So few fit into any receive queue, so none is lost, and a server that
 * falls behind is not sent more. It measures after a warm-up (of --warmup
 * seconds, or with --datagrams of as many datagrams as the window has) and
 * prints one line of JSON. With --pid it reads the CPU clock of that process
 * where the measurement begins and ends.
 *
 * A datagram that comes back changed, twice, or not at all within ten seconds
 * fails the run.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/net/net.h"
#include "bench/net/span.h"

enum {
    DATAGRAM_SIZE = 64,
    BATCH = 64, /* that one call moves */
    /* One of 64 bytes takes 768 of a queue, which has 208 KiB by default. */
    WINDOW_MAX = 256
};

typedef struct options {
    uint64_t port, window;
} options;

/* What a datagram begins with; the rest is its slot's number in each byte. */
typedef struct header {
    uint64_t slot;
    uint64_t sequence; /* how many the slot has sent before */
} header;

typedef struct load {
    options o;
    int fd;
    uint64_t sequences[WINDOW_MAX];
    char data[BATCH][DATAGRAM_SIZE];
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    net_span span; /* it counts datagrams that came back */
} load;

static void load_connect(load *l)
{
    struct timeval patience = {.tv_sec = NET_SILENCE_MAX_MS / 1000};
    struct sockaddr_in to = {.sin_family = AF_INET};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)l->o.port);
    l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof to) != 0)
        net_die("connect");
    if (setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                   sizeof patience) != 0)
        net_die("SO_RCVTIMEO");
}

static void write_datagram(const load *l, char *data, uint64_t slot)
{
    header h = {.slot = slot, .sequence = l->sequences[slot]};
    memset(data, (int)slot, DATAGRAM_SIZE);
    memcpy(data, &h, sizeof h);
}

/* Sends the first `count` of l->data. */
static void send_all(load *l, int count)
{
    for (int sent = 0; sent < count;) {
        int n =
            sendmmsg(l->fd, l->messages + sent, (unsigned)(count - sent), 0);
        if (n < 0 && errno != EINTR)
            net_die("sendmmsg");
        if (n > 0)
            sent += n;
    }
}

/* Waits for one, and takes what is there. Returns how many. */
static int receive(load *l)
{
    int n;
    do {
        n = recvmmsg(l->fd, l->messages, BATCH, MSG_WAITFORONE, NULL);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        net_die_of(ETIMEDOUT, "the server is silent");
    if (n < 0)
        net_die("recvmmsg");
    return n;
}

/* Compares one that came back, and puts the next one in its place. */
static void renew(load *l, const struct mmsghdr *message, char *data)
{
    char expected[DATAGRAM_SIZE];
    header h;
    memcpy(&h, data, sizeof h);
    if (message->msg_len != DATAGRAM_SIZE || h.slot >= l->o.window)
        net_die_of(EPROTO, "an echo is none");
    write_datagram(l, expected, h.slot);
    if (memcmp(data, expected, sizeof expected) != 0)
        net_die_of(EPROTO, "an echo differs from its datagram");
    l->sequences[h.slot]++;
    write_datagram(l, data, h.slot);
}

static void run(load *l)
{
    net_span_begin(&l->span);
    for (uint64_t slot = 0; slot < l->o.window; slot++) {
        write_datagram(l, l->data[0], slot);
        send_all(l, 1);
    }
    do {
        int n = receive(l);
        for (int i = 0; i < n; i++)
            renew(l, &l->messages[i], l->data[i]);
        send_all(l, n);
        l->span.done += (uint64_t)n;
    } while (!net_span_has_ended(&l->span));
}

static void report(const load *l)
{
    double count = (double)l->span.done;
    double ns = (double)l->span.wall_ns;
    printf("{\"datagrams\": %" PRIu64 ", \"seconds\": %.3f, "
           "\"datagrams_per_s\": %.0f",
           l->span.done, ns / 1e9, count * 1e9 / ns);
    if (l->span.pid)
        printf(", \"server_cpu_ns_per_datagram\": %.1f",
               (double)l->span.cpu_ns / count);
    printf("}\n");
}

static void parse(load *l, int argc, char **argv)
{
    options *o = &l->o;
    net_span *s = &l->span;
    const net_option known[] = {
        {"--port=", &o->port, NULL},       {"--window=", &o->window, NULL},
        {"--datagrams=", &s->count, NULL}, {"--pid=", &s->pid, NULL},
        {"--seconds=", NULL, &s->seconds}, {"--warmup=", NULL, &s->warmup},
    };
    o->window = WINDOW_MAX / 2;
    s->seconds = 3;
    s->warmup = 1;
    net_options(known, sizeof known / sizeof known[0], argc, argv);
    if (o->port == 0 || o->port > 65535 || o->window == 0 ||
        o->window > WINDOW_MAX || s->seconds <= 0)
        net_die_of(EINVAL, "an option is missing or out of range");
    s->warm_count = o->window;
}

int main(int argc, char **argv)
{
    static load l;
    parse(&l, argc, argv);
    load_connect(&l);
    for (int i = 0; i < BATCH; i++) {
        l.vectors[i] = (struct iovec){l.data[i], DATAGRAM_SIZE};
        l.messages[i].msg_hdr.msg_iov = &l.vectors[i];
        l.messages[i].msg_hdr.msg_iovlen = 1;
    }
    run(&l);
    report(&l);
    return EXIT_SUCCESS;
}
