/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SYNC_H
#define NANORUN_RT_SYNC_H

/*
 * Talking and sharing, between tasks of any runtimes: all of it. Each is fair,
 * first come first served, and safe to cancel while it waits. The deinit of a
 * zeroed object does nothing, so a FINALLY may call it where the body never
 * began. docs/sync.md says which to choose.
 */

#include "nanorun/rt/barrier.h"
#include "nanorun/rt/chan.h"
#include "nanorun/rt/group.h"
#include "nanorun/rt/mutex.h"
#include "nanorun/rt/notify.h"
#include "nanorun/rt/semaphore.h"

#endif
