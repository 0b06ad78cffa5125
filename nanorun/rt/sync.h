/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SYNC_H
#define NANORUN_RT_SYNC_H

/*
 * All objects by which tasks of any runtimes synchronize and pass data. Each
 * serves waits in order of arrival, and each wait is safe to cancel. The deinit
 * of a zeroed object does nothing, so a FINALLY may call it even if the body
 * never began. docs/sync.md says which to choose.
 */

#include "nanorun/rt/barrier.h"
#include "nanorun/rt/chan.h"
#include "nanorun/rt/group.h"
#include "nanorun/rt/mutex.h"
#include "nanorun/rt/notify.h"
#include "nanorun/rt/semaphore.h"

#endif
