/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_WATCH_H
#define NANORUN_SYS_WINDOWS_WATCH_H

/*
 * A map of the sockets that a poller watches, by their number. Guarded by the
 * poller's lock. For sys only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"
#include "nanorun/sys/windows/afd_pool.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_watch {
    nr_afd_request request; /* first: a completion names it */
    nr_sys_socket socket;
    SOCKET base;
    void *token;
    nr_afd_device *device;
    uint32_t wanted;   /* directions that an event is owed for */
    uint32_t armed;    /* directions of the poll in flight; 0: there is none */
    bool is_cancelled; /* the poll in flight was */
    bool is_removed;   /* of no map any more; ends with its completion */
    struct nr_watch *next; /* in its bucket */
} nr_watch;

typedef struct nr_watch_map {
    nr_watch **buckets;  /* NULL: empty */
    size_t bucket_count; /* 0 or a power of two */
    size_t count;
} nr_watch_map;

/* Returns the watch of `s`, or NULL. */
nr_watch *nr_watch_map_find(const nr_watch_map *map, nr_sys_socket s);

/* Adds a watch, whose socket is not in the map. Returns 0 or -ENOMEM.
 * Ownership: the caller keeps the watch; the map only refers to it. */
int nr_watch_map_insert(nr_watch_map *map, nr_watch *w);

/* Removes a watch, which is in the map. */
void nr_watch_map_erase(nr_watch_map *map, nr_watch *w);

void nr_watch_map_deinit(nr_watch_map *map);

#ifdef __cplusplus
}
#endif

#endif
