/* SPDX-License-Identifier: MIT */
/*
 * The workloads of the bench that libuv has: timers. One thread and one loop,
 * as it is used; callbacks are its tasks. An operation of timer_churn starts
 * and stops one handle, which is what its users do, and takes no memory.
 * bench/nanorun/workloads.h says what each workload is.
 */
#define _DEFAULT_SOURCE

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "bench/measure.h"

enum { SECOND_MS = 1000, HOUR_MS = 3600 * SECOND_MS };

static void never(uv_timer_t *timer)
{
    (void)timer;
    bench_check(false, "a timer that fired");
}

static void fired(uv_timer_t *timer)
{
    (void)timer;
}

static void timers(uv_loop_t *loop, bench *b)
{
    bench_start(b);
    uv_timer_t *all = bench_alloc(b->n, sizeof *all);
    for (uint64_t i = 0; i < b->n; i++) {
        uv_timer_init(loop, &all[i]);
        uv_timer_start(&all[i], fired, bench_delay_ms(i), 0);
    }
    uint64_t armed = 0;
    for (uint64_t i = 0; i < b->n; i++) {
        armed += uv_is_active((uv_handle_t *)&all[i]) != 0;
        uv_timer_stop(&all[i]);
        uv_close((uv_handle_t *)&all[i], NULL);
    }
    uv_run(loop, UV_RUN_DEFAULT); /* ends the closing */
    free(all);
    bench_stop(b, b->n);
    bench_check(armed == b->n, "the timers");
}

static void timer_churn(uv_loop_t *loop, bench *b)
{
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    bench_start(b);
    for (uint64_t i = 0; i < b->n; i++) {
        uv_timer_start(&timer, never, SECOND_MS, 0);
        uv_timer_stop(&timer);
    }
    bench_stop(b, b->n);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
}

static struct {
    uint64_t left, began_ns, late_ns;
} sleeps;

/* Also the start: then nothing has been slept yet. */
static void sleep_again(uv_timer_t *timer)
{
    uint64_t now_ns = uv_hrtime();
    if (sleeps.began_ns)
        sleeps.late_ns += now_ns - sleeps.began_ns - 1000000;
    if (sleeps.left == 0)
        return;
    sleeps.left--;
    uv_update_time(timer->loop);
    sleeps.began_ns = uv_hrtime();
    uv_timer_start(timer, sleep_again, 1, 0);
}

static void sleep_1ms(uv_loop_t *loop, bench *b)
{
    uv_timer_t timer;
    uv_timer_init(loop, &timer);
    bench_start(b);
    sleeps.left = b->n;
    sleep_again(&timer);
    uv_run(loop, UV_RUN_DEFAULT);
    bench_stop(b, b->n);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    b->extra_name = "late_us";
    b->extra = (double)(int64_t)sleeps.late_ns / 1000 / (double)b->n;
}

/* What waits is a timer alone, in a block of its own. */
static void mem(uv_loop_t *loop, bench *b)
{
    uint64_t before = bench_resident_bytes();
    bench_start(b);
    for (uint64_t i = 0; i < b->n; i++) {
        uv_timer_t *timer = bench_alloc(1, sizeof *timer);
        uv_timer_init(loop, timer);
        uv_timer_start(timer, never, HOUR_MS, 0);
    }
    bench_stop(b, b->n);
    b->extra_name = "bytes_per_task";
    b->extra = (double)(bench_resident_bytes() - before) / (double)b->n;
}

static const struct {
    const char *name;
    void (*run)(uv_loop_t *loop, bench *b);
    uint64_t n;
    unsigned warm_ups;
} workloads[] = {
    {"timers", timers, 1000000, 1},
    {"timer_churn", timer_churn, 5000000, 0},
    {"sleep_1ms", sleep_1ms, 1000, 0},
    {"mem", mem, 1000000, 0},
};

static void run_passes(bench *b, void (*run)(uv_loop_t *, bench *))
{
    uv_loop_t loop;
    bench_check(uv_loop_init(&loop) == 0, "no loop");
    for (unsigned i = 0; i < b->warm_ups; i++)
        run(&loop, b);
    b->ops = b->wall_ns = b->cpu_ns = 0;
    for (unsigned i = 0; i < b->passes; i++)
        run(&loop, b);
    bench_print(b);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof workloads / sizeof *workloads;
         i++) {
        if (strcmp(argv[1], workloads[i].name) == 0) {
            bench b = {.workload = workloads[i].name,
                       .n = workloads[i].n,
                       .workers = 1,
                       .warm_ups = workloads[i].warm_ups,
                       .passes = 1};
            bench_options(&b, argc - 2, argv + 2);
            run_passes(&b, workloads[i].run);
            return 0;
        }
    }
    fprintf(stderr, "usage: %s timers|timer_churn|sleep_1ms|mem\n", argv[0]);
    return 2;
}
