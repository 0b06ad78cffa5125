/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/clock.h"

#include "nanorun/sys/windows/system.h"

/* All processors share the counter, which never steps, and neither call fails;
 * "Acquiring high-resolution time stamps" in the documentation of Windows
 * promises this. Seconds and the rest are scaled separately, because one
 * product would overflow within days. */
uint64_t nr_sys_now_ns(void)
{
    LARGE_INTEGER frequency, count;
    uint64_t hz, ticks;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&count);
    hz = (uint64_t)frequency.QuadPart;
    ticks = (uint64_t)count.QuadPart;
    return ticks / hz * 1000000000u + ticks % hz * 1000000000u / hz;
}
