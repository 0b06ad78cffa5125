/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_BENCH_NET_SPAN_H
#define NANORUN_BENCH_NET_SPAN_H

/*
 * What a load generator measures: first a warm-up, then the span that counts.
 * Each ends by time, or by how much was done. The processor time is that of
 * another process, the server.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct net_span {
    /* The command line's. */
    double seconds, warmup;
    uint64_t count; /* to be done; 0: by time */
    uint64_t pid;   /* the server; 0: its processor time is not read */
    /* What is to be done in the warm-up, where `count` is not 0. */
    uint64_t warm_count;

    bool is_warm;
    uint64_t done; /* of this phase: the load generator counts */
    uint64_t began_ns, cpu_began_ns;
    uint64_t wall_ns, cpu_ns; /* the figures, when it has ended */
} net_span;

/* Begins the warm-up. */
void net_span_begin(net_span *s);

/* Goes on to the next phase where this one has ended. Returns whether it was
 * the last. */
bool net_span_has_ended(net_span *s);

#endif
