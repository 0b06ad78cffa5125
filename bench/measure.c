/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include "bench/measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Whether `arg` is --name=NUMBER; then the number is in *value. */
static bool read_option(const char *arg, const char *name, uint64_t *value)
{
    size_t len = strlen(name);
    if (strncmp(arg, name, len) != 0 || arg[len] == '\0')
        return false;
    char *end;
    *value = strtoull(arg + len, &end, 10);
    return *end == '\0';
}

void bench_options(bench *b, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        uint64_t value = 0;
        if (read_option(argv[i], "--n=", &value)) {
            b->n = value;
        } else if (read_option(argv[i], "--workers=", &value)) {
            b->workers = (unsigned)value;
        } else if (read_option(argv[i], "--passes=", &value)) {
            b->passes = (unsigned)value;
        } else if (read_option(argv[i], "--warm_ups=", &value)) {
            b->warm_ups = (unsigned)value;
        } else {
            fprintf(stderr, "not understood: %s\n", argv[i]);
            exit(2);
        }
    }
}

static uint64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_ns(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000000u +
           (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000u;
}

void bench_start(bench *b)
{
    b->start_cpu_ns = cpu_ns();
    b->start_wall_ns = wall_ns();
}

void bench_stop(bench *b, uint64_t ops)
{
    b->wall_ns += wall_ns() - b->start_wall_ns;
    b->cpu_ns += cpu_ns() - b->start_cpu_ns;
    b->ops += ops;
}

void bench_check(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "wrong: %s\n", what);
    exit(1);
}

void *bench_alloc(uint64_t count, uint64_t size)
{
    void *memory = malloc((size_t)(count * size));
    bench_check(memory != NULL, "out of memory");
    return memory;
}

uint64_t bench_resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    bench_check(f != NULL, "no /proc");
    bench_check(fscanf(f, "%lu %lu", &total, &resident) == 2, "odd /proc");
    fclose(f);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Not ru_maxrss: that one remembers the process that was here before exec. */
static uint64_t peak_kib(void)
{
    char line[256];
    unsigned long peak = 0;
    FILE *f = fopen("/proc/self/status", "r");
    bench_check(f != NULL, "no /proc");
    while (fgets(line, sizeof line, f) &&
           sscanf(line, "VmHWM: %lu", &peak) != 1) {
    }
    fclose(f);
    return peak;
}

void bench_print(const bench *b)
{
    bench_check(b->ops > 0, "nothing was measured");
    double ops = (double)b->ops;
    printf("{\"workload\":\"%s\",\"n\":%" PRIu64 ",\"workers\":%u,"
           "\"ns_per_op\":%.2f,\"cpu_ns_per_op\":%.2f,\"peak_kib\":%" PRIu64,
           b->workload, b->n, b->workers, (double)b->wall_ns / ops,
           (double)b->cpu_ns / ops, peak_kib());
    if (b->extra_name)
        printf(",\"%s\":%.2f", b->extra_name, b->extra);
    printf("}\n");
}
