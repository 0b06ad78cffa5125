/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_WATCHES_H
#define NANORUN_SYS_SIM_WATCHES_H

/*
 * Which poller watches which socket, and which changes a poller has not
 * reported yet. Calls: world, threads; it reads sockets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/poller.h"
#include "nanorun/sys/sim/sockets.h"

enum { NR_SIM_BOTH = NR_SYS_READABLE | NR_SYS_WRITABLE };

typedef struct nr_sim_watch {
    struct nr_sim_watch *next; /* of the same socket */
    struct nr_sim_watch *next_pending;
    nr_sys_poller *poller;
    nr_sim_socket *socket; /* NULL: it was closed, of a foreign watch */
    void *token;
    uint32_t changed; /* what it is pending for; 0: it is not */
    uint32_t armed;
    bool is_foreign; /* of foreign.c, which owns it */
} nr_sim_watch;

struct nr_sys_poller {
    unsigned number; /* in the trace */
    unsigned pending_count;
    nr_sim_watch *pending;
    bool is_woken;
    bool wants_rearm;
};

/* Initializes a poller that watches nothing. */
void nr_sim_poller_init(nr_sys_poller *p);

/* Called between two runs: numbers start from 0 again. */
void nr_sim_pollers_reset(void);

/* The link to the watch of `s` by `p` that is not foreign, or to the NULL at
 * the end. */
nr_sim_watch **nr_sim_watch_find(nr_sim_socket *s, const nr_sys_poller *p);

/* Reports that the socket has become `ready`, and still is. The watch is
 * pending from then on, and its poller is woken. */
void nr_sim_watch_change(nr_sim_watch *w, uint32_t ready);

/* Reports the same to all watches of a socket. */
void nr_sim_socket_changed(nr_sim_socket *s, uint32_t ready);

/* Makes the watch not pending any more. */
void nr_sim_watch_clear(nr_sim_watch *w);

/* Ends and frees the watch that `link` leads to. */
void nr_sim_watch_end(nr_sim_watch **link);

/* Takes the watch out of the list of its socket, if that is still open. */
void nr_sim_watch_unlink(nr_sim_watch *w);

/* Ends all watches of `s`. Ownership of those that are not foreign: the
 * caller's, to be freed by nr_sim_watches_free. */
nr_sim_watch *nr_sim_socket_take_watches(nr_sim_socket *s);
void nr_sim_watches_free(nr_sim_watch *watches);

#endif
