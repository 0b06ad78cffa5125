/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/host.h"

#include <string.h>

static size_t host_ip_size(const nr_addr *a)
{
    return a->is_v6_ ? 16 : 4;
}

bool nr_sim_addr_is_any(const nr_addr *a)
{
    static const uint8_t zero[16] = {0};

    return memcmp(a->ip_, zero, host_ip_size(a)) == 0;
}

nr_addr nr_sim_addr_loopback(bool is_v6, uint16_t port)
{
    nr_addr a = {.port_ = port, .is_v6_ = is_v6};

    if (is_v6) {
        a.ip_[15] = 1;
    } else {
        a.ip_[0] = 127;
        a.ip_[3] = 1;
    }
    return a;
}

bool nr_sim_addr_is_local(const nr_addr *a)
{
    nr_addr v6 = nr_sim_addr_loopback(true, 0);

    if (nr_sim_addr_is_any(a))
        return true;
    return a->is_v6_ ? memcmp(a->ip_, v6.ip_, 16) == 0 : a->ip_[0] == 127;
}

nr_addr nr_sim_addr_as_seen(const nr_addr *a, bool by_v6)
{
    nr_addr seen = *a;

    if (!by_v6 || a->is_v6_)
        return seen;
    memset(seen.ip_, 0, sizeof seen.ip_);
    memset(seen.ip_ + 10, 0xff, 2);
    memcpy(seen.ip_ + 12, a->ip_, 4);
    seen.is_v6_ = true;
    return seen;
}

bool nr_sim_addr_is_same_ip(const nr_addr *a, const nr_addr *b)
{
    return a->is_v6_ == b->is_v6_ &&
           memcmp(a->ip_, b->ip_, host_ip_size(a)) == 0;
}

bool nr_sim_addr_is_same(const nr_addr *a, const nr_addr *b)
{
    return a->port_ == b->port_ && nr_sim_addr_is_same_ip(a, b);
}

bool nr_sim_addr_hears(const nr_addr *at, const nr_addr *to)
{
    return at->is_v6_ == to->is_v6_ && at->port_ == to->port_ &&
           (nr_sim_addr_is_any(at) || nr_sim_addr_is_any(to) ||
            memcmp(at->ip_, to->ip_, host_ip_size(at)) == 0);
}
