/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_AFD_POOL_H
#define NANORUN_SYS_WINDOWS_AFD_POOL_H

/*
 * Devices for the polls of a poller, each for NR_AFD_SOCKETS_MAX sockets at
 * most, because the driver walks all polls of a device to end one. Guarded by
 * the poller's lock. For sys only.
 */

#include "nanorun/sys/windows/afd.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_AFD_SOCKETS_MAX = 32 };

typedef struct nr_afd_device {
    HANDLE afd;
    unsigned used;               /* by how many sockets */
    struct nr_afd_device *next;  /* in `all` */
    struct nr_afd_device *spare; /* the next that has room, if this has */
} nr_afd_device;

typedef struct nr_afd_pool {
    HANDLE port;
    ULONG_PTR key;
    nr_afd_device *all;
    nr_afd_device *spare; /* those with room */
} nr_afd_pool;

/* Stores a device for one more socket. Returns 0 or -ENOMEM. Ownership: the
 * pool's; nr_afd_pool_put ends the socket's use of the device. */
int nr_afd_pool_take(nr_afd_pool *pool, nr_afd_device **out);
void nr_afd_pool_put(nr_afd_pool *pool, nr_afd_device *device);

/* Closes all devices. No poll is under way. */
void nr_afd_pool_deinit(nr_afd_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
