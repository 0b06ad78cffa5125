/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/sockets.h"

#include <errno.h>
#include <limits.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/stream.h"
#include "nanorun/sys/sim/world.h"

/* The ports that Linux takes from, and fewer sockets than those are. */
enum { SOCKETS_MAX = 16384, PORT_FIRST = 32768, PORT_LAST = 60999 };

static nr_sim_socket *table[SOCKETS_MAX];
static nr_sys_socket table_len;  /* one more than the highest ever used */
static nr_sys_socket maybe_free; /* none below it is free */
static unsigned sockets;
static unsigned ports_given;
static unsigned limit = UINT_MAX;

void nr_sim_net_point(void)
{
    if (!nr_sim_inside())
        nr_sys_die("a socket or poller outside the simulation", NULL);
    nr_sim_point();
}

int nr_sim_no_file(void)
{
    if (nr_sim_net_open() >= limit)
        return -EMFILE;
    if (!nr_sim_chance(nr_sim_config_of_run()->net_no_file))
        return 0;
    nr_sim_trace("no descriptor is left");
    return nr_sim_random(2) == 0 ? -EMFILE : -ENFILE;
}

nr_sim_socket *nr_sim_socket_alloc(bool is_v6)
{
    nr_sim_socket *s = nr_sys_alloc(sizeof(*s));

    if (s != NULL)
        *s = (nr_sim_socket){.number = NR_SYS_NO_SOCKET, .is_v6 = is_v6};
    return s;
}

int nr_sim_socket_number(nr_sim_socket *s)
{
    nr_sys_socket n = maybe_free;

    while (n < SOCKETS_MAX && table[n] != NULL)
        n++;
    if (n == SOCKETS_MAX)
        return -EMFILE;
    table[n] = s;
    sockets++;
    s->number = n;
    maybe_free = n + 1;
    if (table_len <= n)
        table_len = n + 1;
    return 0;
}

nr_sim_socket *nr_sim_socket_get(nr_sys_socket number)
{
    if (number < 0 || number >= table_len || table[number] == NULL)
        nr_sys_die("used a socket that is not open", NULL);
    return table[number];
}

void nr_sim_socket_remove(nr_sim_socket *s)
{
    table[s->number] = NULL;
    sockets--;
    if (s->number < maybe_free)
        maybe_free = s->number;
}

nr_sim_socket *nr_sim_socket_next(nr_sys_socket from)
{
    for (; from < table_len; from++) {
        if (table[from] != NULL)
            return table[from];
    }
    return NULL;
}

nr_sim_socket *nr_sim_socket_listener(const nr_sys_addr *to)
{
    nr_sim_socket *found = NULL;

    for (nr_sys_socket n = 0; n < table_len; n++) {
        nr_sim_socket *s = table[n];

        if (s != NULL && s->is_listening && nr_sim_addr_hears(&s->local, to) &&
            (found == NULL || !nr_sim_addr_is_any(&s->local)))
            found = s;
    }
    return found;
}

bool nr_sim_socket_is_taken(const nr_sys_addr *at)
{
    for (nr_sys_socket n = 0; n < table_len; n++) {
        const nr_sim_socket *s = table[n];

        if (s != NULL && !s->shares_port && nr_sim_addr_hears(&s->local, at))
            return true;
    }
    return false;
}

static bool is_port_used(bool is_v6, uint16_t port)
{
    for (nr_sys_socket n = 0; n < table_len; n++) {
        const nr_sim_socket *s = table[n];

        if (s != NULL && s->is_v6 == is_v6 && s->local.port == port)
            return true;
    }
    return false;
}

/* Ends, as there are more ports than sockets. */
uint16_t nr_sim_socket_free_port(bool is_v6)
{
    uint16_t port;

    do {
        port = (uint16_t)(PORT_FIRST +
                          ports_given++ % (PORT_LAST - PORT_FIRST + 1));
    } while (is_port_used(is_v6, port));
    return port;
}

uint32_t nr_sim_socket_ready(const nr_sim_socket *s)
{
    const nr_sim_end *next = s->queue;

    if (s->is_listening)
        return next != NULL && next->is_acceptable ? NR_SYS_READABLE : 0;
    /* One that was never connected counts as hung up. */
    if (s->end == NULL)
        return NR_SYS_READABLE | NR_SYS_WRITABLE;
    return nr_sim_end_ready(s->end);
}

unsigned nr_sim_net_open(void)
{
    return sockets + nr_sim_pollers();
}

unsigned nr_sim_net_limit(unsigned open_max)
{
    unsigned before = limit;

    limit = open_max;
    return before;
}

unsigned nr_sim_net_end(void)
{
    nr_sim_socket *s;
    unsigned left = 0;

    for (; (s = nr_sim_socket_next(0)) != NULL; left++)
        nr_sys_socket_close(s->number);
    ports_given = 0;
    limit = UINT_MAX;
    nr_sim_pollers_reset();
    return left;
}
