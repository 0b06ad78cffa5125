/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SYNC_SEMAPHORE_GIVE_H
#define NANORUN_RT_SYNC_SEMAPHORE_GIVE_H

#include "nanorun/rt/semaphore.h"

#ifdef __cplusplus
extern "C" {
#endif

/* nr_semaphore_release by who has the semaphore's lock; unlocks. */
void nr_semaphore_give(nr_semaphore *s, size_t n, const char *place);

#ifdef __cplusplus
}
#endif

#endif
