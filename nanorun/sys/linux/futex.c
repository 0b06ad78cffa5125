/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/membarrier.h>, which old headers lack or have without these. */
enum { FUTEX_FENCE = 1 << 3, FUTEX_REGISTER = 1 << 4 };

enum { FUTEX_BOUND_NS = 1000 * 1000 };

/* Whether a fence has failed. Never reset, and relaxed: a thread that waits has
 * set it itself, or its own fence did not fail. */
static nr_atomic_u32 futex_is_bounded;

/* The kernel's own times: seconds and nanoseconds, in longs where there is the
 * first of the two calls, whatever the C library's time_t is. */
#ifdef SYS_futex
enum { FUTEX_CALL = SYS_futex };
typedef long futex_time;
#else
enum { FUTEX_CALL = SYS_futex_time64 };
typedef int64_t futex_time;
#endif

void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value)
{
    futex_time bound[2] = {0, FUTEX_BOUND_NS};
    bool is_bounded = nr_load_u32_relaxed(&futex_is_bounded);
    int error = errno;

    syscall(FUTEX_CALL, &word->value, FUTEX_WAIT_PRIVATE, value,
            is_bounded ? bound : NULL, NULL, 0);
    errno = error;
}

void nr_sys_futex_wake_all(const nr_atomic_u32 *word)
{
    int error = errno;

    syscall(FUTEX_CALL, &word->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL,
            0);
    errno = error; /* EFAULT, if the memory is gone */
}

/* membarrier(2); a process registers before its first use. */
void nr_sys_fence_all_threads(void)
{
    int error = errno;

    if (syscall(SYS_membarrier, FUTEX_FENCE, 0) != 0 &&
        (syscall(SYS_membarrier, FUTEX_REGISTER, 0) != 0 ||
         syscall(SYS_membarrier, FUTEX_FENCE, 0) != 0))
        nr_store_u32_relaxed(&futex_is_bounded, 1);
    errno = error;
}
