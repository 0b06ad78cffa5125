/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/watch.h"

#include <errno.h>

#include "nanorun/sys/memory.h"

enum { WATCH_BUCKETS_FIRST = 64 };

/* Socket numbers are multiples of 4. The factor is Knuth's, of 64 bits. */
static nr_watch **watch_bucket(const nr_watch_map *map, nr_sys_socket s)
{
    uint64_t hash = (uint64_t)s / 4 * UINT64_C(0x9E3779B97F4A7C15);

    return &map->buckets[(size_t)(hash >> 32) & (map->bucket_count - 1)];
}

static void watch_push(nr_watch_map *map, nr_watch *w)
{
    nr_watch **head = watch_bucket(map, w->socket);

    w->next = *head;
    *head = w;
}

static int watch_resize(nr_watch_map *map, size_t bucket_count)
{
    nr_watch_map larger = {.bucket_count = bucket_count};

    larger.buckets = nr_sys_alloc(bucket_count * sizeof *larger.buckets);
    if (!larger.buckets)
        return -ENOMEM;
    for (size_t i = 0; i < bucket_count; i++)
        larger.buckets[i] = NULL;
    for (size_t i = 0; i < map->bucket_count; i++) {
        while (map->buckets[i]) {
            nr_watch *w = map->buckets[i];

            map->buckets[i] = w->next;
            watch_push(&larger, w);
        }
    }
    nr_sys_free(map->buckets);
    map->buckets = larger.buckets;
    map->bucket_count = larger.bucket_count;
    return 0;
}

nr_watch *nr_watch_map_find(const nr_watch_map *map, nr_sys_socket s)
{
    nr_watch *w = map->bucket_count > 0 ? *watch_bucket(map, s) : NULL;

    while (w && w->socket != s)
        w = w->next;
    return w;
}

int nr_watch_map_insert(nr_watch_map *map, nr_watch *w)
{
    int error = 0;

    if (map->bucket_count == 0)
        error = watch_resize(map, WATCH_BUCKETS_FIRST);
    else if (map->count >= map->bucket_count)
        (void)watch_resize(map, map->bucket_count * 2); /* else it is slower */
    if (error != 0)
        return error;
    watch_push(map, w);
    map->count++;
    return 0;
}

void nr_watch_map_erase(nr_watch_map *map, nr_watch *w)
{
    nr_watch **link = watch_bucket(map, w->socket);

    while (*link != w)
        link = &(*link)->next;
    *link = w->next;
    map->count--;
}

void nr_watch_map_deinit(nr_watch_map *map)
{
    nr_sys_free(map->buckets);
}
