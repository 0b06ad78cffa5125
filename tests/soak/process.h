// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SOAK_PROCESS_H
#define NANORUN_TESTS_SOAK_PROCESS_H

// What this process has of the system, as Linux shows it in /proc.

#include <cstdint>
#include <vector>

struct Footprint {
    int fds, threads;
    uint64_t blocks; // of the library
};

Footprint footprint_now();

// Checks that no more is there than before. Threads that were joined may stay
// in the list for a moment.
void footprint_check(const Footprint &before);

// Resident memory, once what is free was given back.
long resident_kib();

// Checks that what was measured, from time to time, does not grow: the last
// quarter beside the second, when every cache is full.
void trend_check(const std::vector<long> &kib);

#endif
