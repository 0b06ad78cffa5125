/* SPDX-License-Identifier: MIT */
#include "bench/echo/histogram.h"

/* How far to shift a duration so that 128 to 255 remain, the bucket within its
 * power of two; none for what is linear. */
static unsigned shift_of(uint64_t duration_ns)
{
    unsigned shift = 0;
    while (duration_ns >> shift >= 2 * HISTOGRAM_LINEAR)
        shift++;
    return shift;
}

void histogram_add(histogram *h, uint64_t duration_ns)
{
    unsigned shift = shift_of(duration_ns);
    h->counts[shift * HISTOGRAM_LINEAR + (duration_ns >> shift)]++;
    h->total++;
}

/* The largest duration of a bucket. */
static uint64_t top_of(uint64_t bucket)
{
    if (bucket < 2 * HISTOGRAM_LINEAR)
        return bucket;
    uint64_t shift = bucket / HISTOGRAM_LINEAR - 1;
    uint64_t within = bucket - shift * HISTOGRAM_LINEAR;
    return ((within + 1) << shift) - 1;
}

uint64_t histogram_at(const histogram *h, double share)
{
    double rank = share * (double)h->total;
    uint64_t wanted = (uint64_t)rank;
    wanted += (double)wanted < rank;
    uint64_t seen = 0;
    for (uint64_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen != 0 && seen >= wanted)
            return top_of(i);
    }
    return 0;
}
