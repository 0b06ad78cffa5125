/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/host.h"

#include <string.h>

static size_t host_ip_size(const nr_sys_addr *a)
{
    return a->is_v6 ? 16 : 4;
}

bool nr_sim_addr_is_any(const nr_sys_addr *a)
{
    static const uint8_t zero[16] = {0};

    return memcmp(a->ip, zero, host_ip_size(a)) == 0;
}

nr_sys_addr nr_sim_addr_loopback(bool is_v6, uint16_t port)
{
    nr_sys_addr a = {.port = port, .is_v6 = is_v6};

    if (is_v6) {
        a.ip[15] = 1;
    } else {
        a.ip[0] = 127;
        a.ip[3] = 1;
    }
    return a;
}

bool nr_sim_addr_is_local(const nr_sys_addr *a)
{
    nr_sys_addr v6 = nr_sim_addr_loopback(true, 0);

    if (nr_sim_addr_is_any(a))
        return true;
    return a->is_v6 ? memcmp(a->ip, v6.ip, 16) == 0 : a->ip[0] == 127;
}

bool nr_sim_addr_hears(const nr_sys_addr *at, const nr_sys_addr *to)
{
    return at->is_v6 == to->is_v6 && at->port == to->port &&
           (nr_sim_addr_is_any(at) || nr_sim_addr_is_any(to) ||
            memcmp(at->ip, to->ip, host_ip_size(at)) == 0);
}
