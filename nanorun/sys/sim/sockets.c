/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/sockets.h"

#include <errno.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/net.h"

/* The ports that Linux takes from, and fewer sockets than those are. */
enum {
    SOCKETS_MAX = 16384,
    SOCKETS_PORT_FIRST = 32768,
    SOCKETS_PORT_LAST = 60999
};

static nr_sim_socket *sockets_table[SOCKETS_MAX];
/* The table ends before sockets_table_len; no number below sockets_maybe_free
 * is free. */
static nr_sys_socket sockets_table_len;
static nr_sys_socket sockets_maybe_free;
static unsigned sockets_ports_given;

nr_sim_socket *nr_sim_socket_alloc(bool is_v6)
{
    nr_sim_socket *s = nr_sys_alloc(sizeof *s);

    if (s)
        *s = (nr_sim_socket){.number = NR_SYS_NO_SOCKET, .is_v6 = is_v6};
    return s;
}

int nr_sim_socket_number(nr_sim_socket *s)
{
    nr_sys_socket n = sockets_maybe_free;

    while (n < SOCKETS_MAX && sockets_table[n])
        n++;
    if (n == SOCKETS_MAX)
        return -EMFILE;
    sockets_table[n] = s;
    nr_sim_net_add();
    s->number = n;
    sockets_maybe_free = n + 1;
    if (sockets_table_len <= n)
        sockets_table_len = n + 1;
    return 0;
}

nr_sim_socket *nr_sim_socket_find(nr_sys_socket number)
{
    return number < 0 || number >= sockets_table_len ? NULL
                                                     : sockets_table[number];
}

nr_sim_socket *nr_sim_socket_get(nr_sys_socket number)
{
    nr_sim_socket *s = nr_sim_socket_find(number);

    if (!s)
        nr_sys_die("used a socket that is not open", NULL);
    return s;
}

void nr_sim_socket_remove(nr_sim_socket *s)
{
    sockets_table[s->number] = NULL;
    nr_sim_net_remove();
    if (s->number < sockets_maybe_free)
        sockets_maybe_free = s->number;
}

nr_sim_socket *nr_sim_socket_next(nr_sys_socket from)
{
    for (; from < sockets_table_len; from++) {
        if (sockets_table[from])
            return sockets_table[from];
    }
    return NULL;
}

static bool sockets_hears(const nr_sim_socket *s, const nr_addr *to)
{
    if (s->is_unix)
        return false;
    return nr_sim_addr_hears(&s->local, to) ||
           (s->is_dual && !to->is_v6_ && s->local.port_ == to->port_);
}

nr_sim_socket *nr_sim_socket_listener(const nr_addr *to)
{
    nr_sim_socket *found = NULL;

    for (nr_sys_socket n = 0; n < sockets_table_len; n++) {
        nr_sim_socket *s = sockets_table[n];

        if (s && s->is_listening && sockets_hears(s, to) &&
            (!found || !nr_sim_addr_is_any(&s->local)))
            found = s;
    }
    return found;
}

bool nr_sim_socket_is_taken(const nr_addr *at, bool is_dual, bool is_udp)
{
    for (nr_sys_socket n = 0; n < sockets_table_len; n++) {
        const nr_sim_socket *s = sockets_table[n];

        if (!s || s->shares_port || s->is_udp != is_udp)
            continue;
        if (sockets_hears(s, at) ||
            (is_dual && !s->is_v6 && s->local.port_ == at->port_))
            return true;
    }
    return false;
}

static bool sockets_is_port_used(uint16_t port)
{
    for (nr_sys_socket n = 0; n < sockets_table_len; n++) {
        const nr_sim_socket *s = sockets_table[n];

        if (s && s->local.port_ == port)
            return true;
    }
    return false;
}

/* Ends, as there are more ports than sockets. */
uint16_t nr_sim_socket_free_port(void)
{
    uint16_t port;

    do {
        port = (uint16_t)(SOCKETS_PORT_FIRST +
                          sockets_ports_given++ %
                              (SOCKETS_PORT_LAST - SOCKETS_PORT_FIRST + 1));
    } while (sockets_is_port_used(port));
    return port;
}

void nr_sim_sockets_reset(void)
{
    sockets_ports_given = 0;
}
