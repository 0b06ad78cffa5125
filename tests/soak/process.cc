// SPDX-License-Identifier: MIT
#include "tests/soak/process.h"

#include <dirent.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <numeric>
#include <thread>

#include "tests/soak/soak.h"

namespace
{

enum {
    SAMPLES_MIN = 40,  // for a trend
    SLACK_KIB = 2048,  // more than that, and
    SLACK_PERCENT = 5, // more than that is growth
    PATIENCE_S = 30
};

int count_entries(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    SOAK_CHECK(dir);
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

int count_threads()
{
    return count_entries("/proc/self/task");
}

long mean(std::vector<long>::const_iterator at, size_t n)
{
    return std::accumulate(at, at + (std::ptrdiff_t)n, 0L) / (long)n;
}

} // namespace

Footprint footprint_now()
{
    return {count_entries("/proc/self/fd"), count_threads(),
            nr_sys_alloc_live()};
}

void footprint_check(const Footprint &before)
{
    using Clock = std::chrono::steady_clock;
    Clock::time_point limit = Clock::now() + std::chrono::seconds(PATIENCE_S);
    while (count_threads() > before.threads && Clock::now() < limit)
        std::this_thread::yield();
    Footprint now = footprint_now();
    printf("at the end: %d descriptors, %d threads, %llu blocks more\n",
           now.fds - before.fds, now.threads - before.threads,
           (unsigned long long)(now.blocks - before.blocks));
    SOAK_CHECK(now.fds == before.fds);
    SOAK_CHECK(now.threads <= before.threads); // an emulator's may go
    SOAK_CHECK(now.blocks == before.blocks);
}

long resident_kib()
{
    long pages = 0;
    malloc_trim(0);
    FILE *f = fopen("/proc/self/statm", "r");
    SOAK_CHECK(f && fscanf(f, "%*s %ld", &pages) == 1);
    if (f)
        fclose(f);
    return pages * 4;
}

void trend_check(const std::vector<long> &kib)
{
    size_t quarter = kib.size() / 4;
    if (quarter == 0)
        return;
    long before = mean(kib.begin() + (std::ptrdiff_t)quarter, quarter);
    long after = mean(kib.end() - (std::ptrdiff_t)quarter, quarter);
    printf("resident: %ld KiB first, %ld in the second quarter, %ld in the "
           "last\n",
           kib.front(), before, after);
    // A sanitizer keeps what was freed for a while, and its own records.
    if (NR_SYS_MEMORY_CHECKED || kib.size() < SAMPLES_MIN)
        return;
    SOAK_CHECK(after - before <= SLACK_KIB + before * SLACK_PERCENT / 100);
}
