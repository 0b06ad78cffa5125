/* SPDX-License-Identifier: MIT */
/*
 * bench WORKLOAD [--n=N] [--workers=N] [--passes=N] [--warm_ups=N]
 * bench --build: how this program was compiled, as a JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/nanorun/workloads.h"

static const struct {
    const char *name;
    void (*run)(nr_runtime *rt, bench *b);
    uint64_t n;
    unsigned workers, warm_ups;
} workloads[] = {
    {"spawn_join", run_spawn_join, 1000000, 2, 1},
    {"spawn_remote", run_spawn_remote, 1000000, 2, 1},
    {"chained_spawn", run_chained_spawn, 1000000, 2, 1},
    {"skynet", run_skynet, 1000000, 2, 1},
    {"fib", run_fib, 30, 2, 1},
    {"await", run_await, 35, 2, 0},
    {"yield", run_yield, 1000000, 2, 1},
    {"yield1", run_yield1, 5000000, 2, 0},
    {"ping_pong", run_ping_pong, 1000000, 2, 1},
    {"ping_pong_chan", run_ping_pong_chan, 1000000, 2, 1},
    {"chan_ping_pong", run_chan_ping_pong, 1000000, 1, 0},
    {"mutex_uncontended", run_mutex_uncontended, 5000000, 1, 0},
    {"chan_uncontended", run_chan_uncontended, 5000000, 1, 0},
    {"timers", run_timers, 1000000, 2, 1},
    {"timer_churn", run_timer_churn, 5000000, 2, 0},
    {"sleep_1ms", run_sleep_1ms, 1000, 2, 0},
    {"mem", run_mem, 1000000, 2, 0},
};
enum { WORKLOADS = sizeof workloads / sizeof workloads[0] };

static int print_usage(const char *program)
{
    fprintf(stderr,
            "usage: %s WORKLOAD [--n=N] [--workers=N] [--passes=N] "
            "[--warm_ups=N]\nworkloads:",
            program);
    for (int i = 0; i < WORKLOADS; i++)
        fprintf(stderr, " %s", workloads[i].name);
    fprintf(stderr, "\n");
    return 2;
}

static int print_build(void)
{
#if defined(__OPTIMIZE__) && defined(NDEBUG)
    const char *is_optimized = "true";
#else
    const char *is_optimized = "false";
#endif
    printf("{\"optimized\":%s,\"compiler\":\"%s\"}\n", is_optimized,
           __VERSION__);
    return 0;
}

static void run_passes(bench *b, void (*run)(nr_runtime *, bench *))
{
    nr_runtime *rt =
        nr_runtime_create(&(nr_runtime_options){.workers = b->workers});
    bench_check(rt != NULL, "no runtime");
    for (unsigned i = 0; i < b->warm_ups; i++)
        run(rt, b);
    b->ops = b->wall_ns = b->cpu_ns = 0;
    for (unsigned i = 0; i < b->passes; i++)
        run(rt, b);
    bench_print(b);
    nr_runtime_destroy(rt);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--build") == 0)
        return print_build();
    for (int i = 0; argc > 1 && i < WORKLOADS; i++) {
        if (strcmp(argv[1], workloads[i].name) == 0) {
            bench b = {.workload = workloads[i].name,
                       .n = workloads[i].n,
                       .workers = workloads[i].workers,
                       .warm_ups = workloads[i].warm_ups,
                       .passes = 1};
            bench_options(&b, argc - 2, argv + 2);
            run_passes(&b, workloads[i].run);
            return 0;
        }
    }
    return print_usage(argv[0]);
}
