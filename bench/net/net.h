/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_BENCH_NET_NET_H
#define NANORUN_BENCH_NET_NET_H

/*
 * What the load generators and the plain servers of the bench share: Linux's
 * sockets on loopback, clocks and the command line. These programs check each
 * call; an error ends them with a message on stderr and status 1.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

enum {
    NET_BACKLOG = 4096,
    NET_EVENTS_MAX = 512, /* that one epoll_wait takes */
    /* A peer that says nothing for so long has failed. */
    NET_SILENCE_MAX_MS = 10000
};

/* Ends the program; the first takes the error from errno. */
_Noreturn void net_die(const char *what);
_Noreturn void net_die_of(int error, const char *what);

/* ---- clocks ---- */

uint64_t net_clock_ns(clockid_t clock);

/* The processor time of all threads of a process, for net_clock_ns. */
clockid_t net_cpu_clock(uint64_t pid);

/* ---- sockets ---- */

/* Raises the limit of descriptors to at least so many. */
void net_allow_descriptors(uint64_t count);

/* A socket at 127.0.0.1 and a free port, for SOCK_STREAM and its listen, or for
 * SOCK_DGRAM; `flags` as SOCK_NONBLOCK. Prints "listening on port N". */
int net_serve(int type, int flags);

/* Connects to a port of 127.0.0.1, with Nagle's algorithm off. `index` counts
 * the connections of the program: more than one source address has ports for
 * spread over several. */
int net_connect(uint64_t port, uint64_t index);

/* The next connection, which does not block, or -1 if none waits. The listener
 * does not block either. */
int net_accept(int listener);

/* ---- epoll ---- */

int net_epoll(void);
void net_watch(int epoll_fd, int fd, uint32_t events, epoll_data_t data);

/* Waits until there are events, and returns how many. */
int net_wait(int epoll_fd, struct epoll_event events[NET_EVENTS_MAX]);

/* ---- the command line ---- */

/* --name=VALUE, of which one of the two pointers gets the value. */
typedef struct net_option {
    const char *name; /* as "--port=" */
    uint64_t *count;
    double *seconds;
} net_option;

/* Ends the program where an argument is none of these. */
void net_options(const net_option *known, size_t len, int argc, char **argv);

#endif
