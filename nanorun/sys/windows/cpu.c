/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"
#include "nanorun/sys/windows/system.h"

/* Not in every set of headers: JOBOBJECT_CPU_RATE_CONTROL_INFORMATION. */
enum { CPU_RATE_INFORMATION = 15, CPU_RATE_ENABLED = 1, CPU_RATE_HARD_CAP = 4 };

typedef struct cpu_rate {
    DWORD flags;
    DWORD per_10000; /* of the time of all processors together */
} cpu_rate;

static unsigned cpu_count_affinity(void)
{
    DWORD_PTR process, all;
    unsigned count = 0;

    if (!GetProcessAffinityMask(GetCurrentProcess(), &process, &all))
        return 1;
    /* No mask: the process spans processor groups. */
    if (process == 0)
        return (unsigned)GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    for (; process != 0; process &= process - 1)
        count++;
    return count;
}

/* Cuts `count` to what the job of the process, as in a container, permits. */
static unsigned cpu_cut_to_job(unsigned count)
{
    const DWORD capped = CPU_RATE_ENABLED | CPU_RATE_HARD_CAP;
    cpu_rate rate;
    DWORD all = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    uint64_t quota;

    if (!QueryInformationJobObject(NULL,
                                   (JOBOBJECTINFOCLASS)CPU_RATE_INFORMATION,
                                   &rate, sizeof rate, NULL) ||
        (rate.flags & capped) != capped)
        return count;
    quota = ((uint64_t)all * rate.per_10000 + 9999) / 10000;
    return quota < count ? (unsigned)quota : count;
}

unsigned nr_sys_cpu_count(void)
{
    unsigned count = cpu_cut_to_job(cpu_count_affinity());

    return count > 0 ? count : 1;
}
