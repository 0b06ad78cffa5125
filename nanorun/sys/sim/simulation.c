/* SPDX-License-Identifier: MIT */

/* A run, from its first thread to the last. Calls: world, threads, net_end. */

#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/simulation.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/sim/net_end.h"
#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

/* Prints the seed whenever the process stops, even by an assertion of the
 * program, because the seed is needed to see the run again. */
static void simulation_print_seed(int signal_number)
{
    char line[128];
    int n = snprintf(line, sizeof line,
                     "nanorun: in the simulation of seed %llu, step %llu\n",
                     (unsigned long long)nr_sim_config_of_run()->seed,
                     (unsigned long long)nr_sim_steps());

    (void)signal_number;
    if (write(STDERR_FILENO, line, (size_t)n) != n)
        return; /* nobody reads */
}

void nr_sim_run(const nr_sim_config *config, void (*body)(void *arg), void *arg)
{
    nr_sim_thread me = {0};
    struct sigaction with_seed = {.sa_handler = simulation_print_seed}, before;

    nr_sim_world_begin(config);
    nr_sim_threads_begin(&me);
    sigaction(SIGABRT, &with_seed, &before);
    body(arg);
    nr_sim_threads_await(&me);
    if (nr_sim_net_end() != 0)
        nr_sys_die("a run left sockets open", NULL);
    sigaction(SIGABRT, &before, NULL);
    nr_sim_threads_end(&me);
    nr_sim_world_end();
}
