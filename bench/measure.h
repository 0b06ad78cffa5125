/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

/*
 * What the C programs of the bench share: their command line, the clocks and
 * the line that they print.
 *
 *     program WORKLOAD [--n=N] [--workers=N] [--passes=N] [--warm_ups=N]
 *
 * runs the workload, first as often as warm_ups says unmeasured, then `passes`
 * times measured, and prints one JSON object on one line. What a pass does
 * outside of bench_start and bench_stop is not measured. Every pass checks its
 * own result: a wrong one ends the program with a message and status 1.
 */

#include <stdbool.h>
#include <stdint.h>

typedef struct bench {
    const char *workload;
    uint64_t n; /* the size of a pass; what it counts is the workload's */
    unsigned workers, passes, warm_ups;
    uint64_t ops, wall_ns, cpu_ns;        /* of all measured passes */
    uint64_t start_wall_ns, start_cpu_ns; /* of this one */
    const char *extra_name;               /* a further figure, or NULL */
    double extra;
} bench;

/* Reads the options that follow the workload's name into `b`, which holds the
 * defaults. What is not understood ends the program with its usage. */
void bench_options(bench *b, int argc, char **argv);

/* Around the measured part of a pass, in any thread; the processor time is the
 * whole process's. */
void bench_start(bench *b);
void bench_stop(bench *b, uint64_t ops);

/* Ends the program with a message where `is_right` is false. */
void bench_check(bool is_right, const char *what);

/* As malloc, but ends the program where there is no memory. */
void *bench_alloc(uint64_t count, uint64_t size);

/* Of this process, now: bytes in memory. */
uint64_t bench_resident_bytes(void);

/* Prints the line of figures. */
void bench_print(const bench *b);

/* The delay of the i-th timer where many are armed: 1 to 10,000 ms in no
 * order, the same in every program of the bench. */
static inline uint64_t bench_delay_ms(uint64_t i)
{
    return 1 + (uint32_t)i * 2654435761u % 10000;
}

#endif
