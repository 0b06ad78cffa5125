/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sim.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

typedef struct sim_one_run {
    int (*body)(void *arg);
    void *arg;
    int answer;
} sim_one_run;

static void sim_run_body(void *run)
{
    sim_one_run *r = run;
    uint64_t live = nr_sys_alloc_live();
    r->answer = r->body(r->arg);
    if (nr_sys_alloc_live() != live)
        nr_sys_die("a simulated run left memory behind", NULL);
}

static void sim_print_line(void *unused, const char *line)
{
    (void)unused;
    fprintf(stderr, "%s\n", line);
}

static bool sim_read_number(const char *name, uint64_t *number)
{
    const char *text = getenv(name);
    char *end;
    if (!text || *text == '\0')
        return false;
    *number = strtoull(text, &end, 10);
    if (*end != '\0')
        nr_sys_die("not a number in the environment", name);
    return true;
}

int nr_sim_explore(const nr_sim_config *config, uint64_t seeds,
                   int (*body)(void *arg), void *arg)
{
    nr_sim_config c = config ? *config : (nr_sim_config){.seed = 1};
    sim_read_number("NR_SIM_SEEDS", &seeds);
    if (sim_read_number("NR_SIM_SEED", &c.seed)) {
        seeds = 1;
        c.trace = sim_print_line;
    }
    for (uint64_t end = c.seed + seeds; c.seed != end; c.seed++) {
        sim_one_run run = {body, arg, 0};
        nr_sim_run(&c, sim_run_body, &run);
        if (run.answer != 0) {
            fprintf(stderr,
                    "nanorun: the simulation of seed %llu answers %d; "
                    "NR_SIM_SEED=%llu shows it\n",
                    (unsigned long long)c.seed, run.answer,
                    (unsigned long long)c.seed);
            return run.answer;
        }
    }
    return 0;
}
