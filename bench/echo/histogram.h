/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_BENCH_ECHO_HISTOGRAM_H
#define NANORUN_BENCH_ECHO_HISTOGRAM_H

/*
 * Counts durations by size in fixed memory, each to within 1 %: linear up to
 * 128 ns, then 128 buckets to each power of two. The layout is that of Gil
 * Tene's HdrHistogram (2012).
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HISTOGRAM_LINEAR = 128, HISTOGRAM_BUCKETS = HISTOGRAM_LINEAR * 58 };

typedef struct histogram {
    uint64_t total;
    uint64_t counts[HISTOGRAM_BUCKETS];
} histogram;

void histogram_add(histogram *h, uint64_t duration_ns);

/* The duration that `share` of all do not exceed, of a share from 0 to 1; 0
 * where nothing was added. */
uint64_t histogram_at(const histogram *h, double share);

#ifdef __cplusplus
}
#endif

#endif
