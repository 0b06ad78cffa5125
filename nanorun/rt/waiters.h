/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_WAITERS_H
#define NANORUN_RT_WAITERS_H

/*
 * The parts that the objects of nanorun/rt/sync.h have in common. Nothing here
 * is for users: only an object's own functions touch a field whose name ends in
 * an underscore.
 */

#include <stdint.h>

#include "nanorun/rt/list.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The waiters of an object in order of arrival, and the object's lock. It must
 * not be copied or moved. */
typedef struct nr_waiters {
    uint32_t lock_;
    uint32_t pins_; /* how many threads will lock it once more */
    nr_link line_;
} nr_waiters;

#ifdef __cplusplus
}
#endif

#endif
