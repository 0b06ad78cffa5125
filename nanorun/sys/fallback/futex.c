/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/futex.h"

#include <pthread.h>
#include <time.h>

/* One lock and one condition for every word: sleepers are rare. */
static pthread_mutex_t futex_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t futex_wake = PTHREAD_COND_INITIALIZER;

enum { FUTEX_BOUND_NS = 1000 * 1000, FUTEX_NS_PER_S = 1000 * 1000 * 1000 };

/* Uses the real-time clock, the only one of a statically initialized condition.
 * If that clock is set, one wait ends early or late. */
void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += FUTEX_BOUND_NS;
    if (end.tv_nsec >= FUTEX_NS_PER_S) {
        end.tv_nsec -= FUTEX_NS_PER_S;
        end.tv_sec++;
    }
    pthread_mutex_lock(&futex_lock);
    if (nr_load_u32_relaxed(word) == value)
        pthread_cond_timedwait(&futex_wake, &futex_lock, &end);
    pthread_mutex_unlock(&futex_lock);
}

void nr_sys_futex_wake_all(const nr_atomic_u32 *word)
{
    (void)word;
    pthread_mutex_lock(&futex_lock);
    pthread_cond_broadcast(&futex_wake);
    pthread_mutex_unlock(&futex_lock);
}

/* POSIX has no such fence. */
void nr_sys_fence_all_threads(void)
{
}
