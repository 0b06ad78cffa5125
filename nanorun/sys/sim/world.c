/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/world.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "nanorun/sys/die.h"

/* Virtual time at the start, and what a step takes. */
enum { WORLD_START_NS = 1000000000, WORLD_STEP_NS = 20 };

static struct {
    nr_sim_config config;
    bool is_on;
    uint64_t random;
    uint64_t now_ns;
    uint64_t steps;
    const char *running; /* name of the running thread, or NULL */
} world;

void nr_sim_world_begin(const nr_sim_config *config)
{
    if (world.is_on)
        nr_sys_die("a simulation in a simulation", NULL);
    world.is_on = true;
    world.config = *config;
    world.now_ns = WORLD_START_NS;
    world.random = config->seed;
    world.steps = 0;
}

void nr_sim_world_end(void)
{
    world.is_on = false;
}

const nr_sim_config *nr_sim_config_of_run(void)
{
    return &world.config;
}

uint64_t nr_sim_now_ns(void)
{
    return world.now_ns;
}

void nr_sim_pass_ns(uint64_t ns)
{
    world.now_ns += ns;
}

void nr_sim_skip_to(uint64_t to_ns)
{
    if (to_ns > world.now_ns)
        world.now_ns = to_ns;
}

uint64_t nr_sim_steps(void)
{
    return world.steps;
}

bool nr_sim_step(void)
{
    world.steps++;
    world.now_ns += WORLD_STEP_NS;
    return world.config.max_steps == 0 || world.steps <= world.config.max_steps;
}

/* ---- chance ---- */

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
static uint64_t world_draw(void)
{
    uint64_t z = world.random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t nr_sim_random(uint32_t bound)
{
    return (uint32_t)((world_draw() >> 32) % bound);
}

bool nr_sim_chance(unsigned per_mille)
{
    return per_mille != 0 && nr_sim_random(1000) < per_mille;
}

/* ---- the trace ---- */

void nr_sim_trace_as(const char *name)
{
    world.running = name;
}

void nr_sim_trace(const char *format, ...)
{
    char line[256];
    va_list args;
    int n;

    if (!world.config.trace)
        return;
    n = snprintf(line, sizeof line, "%llu.%09llu %s: ",
                 (unsigned long long)(world.now_ns / 1000000000u),
                 (unsigned long long)(world.now_ns % 1000000000u),
                 world.running ? world.running : "-");
    va_start(args, format);
    vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    world.config.trace(world.config.trace_arg, line);
}

void nr_sim_note(const char *text)
{
    nr_sim_trace("%s", text);
}
