/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "bench/net/span.h"

#include "bench/net/net.h"

static uint64_t span_cpu_ns(const net_span *s)
{
    return s->pid ? net_clock_ns(net_cpu_clock(s->pid)) : 0;
}

static void span_begin(net_span *s, bool is_warm)
{
    s->is_warm = is_warm;
    s->done = 0;
    s->cpu_began_ns = span_cpu_ns(s);
    s->began_ns = net_clock_ns(CLOCK_MONOTONIC);
}

void net_span_begin(net_span *s)
{
    span_begin(s, false);
}

bool net_span_has_ended(net_span *s)
{
    uint64_t wall_ns = net_clock_ns(CLOCK_MONOTONIC) - s->began_ns;
    double bound_s = s->is_warm ? s->seconds : s->warmup;
    if (s->count ? s->done < (s->is_warm ? s->count : s->warm_count)
                 : (double)wall_ns < bound_s * 1e9)
        return false;
    if (!s->is_warm) {
        span_begin(s, true);
        return false;
    }
    s->wall_ns = wall_ns;
    s->cpu_ns = span_cpu_ns(s) - s->cpu_began_ns;
    return true;
}
