/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/afd_pool.h"

#include <errno.h>

#include "nanorun/sys/memory.h"

static int afd_pool_grow(nr_afd_pool *pool)
{
    nr_afd_device *device = nr_sys_alloc(sizeof *device);
    int error;

    if (!device)
        return -ENOMEM;
    error = nr_afd_open(pool->port, pool->key, &device->afd);
    if (error != 0) {
        nr_sys_free(device);
        return error;
    }
    device->used = 0;
    device->next = pool->all;
    pool->all = device;
    device->spare = pool->spare;
    pool->spare = device;
    return 0;
}

int nr_afd_pool_take(nr_afd_pool *pool, nr_afd_device **out)
{
    int error = pool->spare ? 0 : afd_pool_grow(pool);

    if (error != 0)
        return error;
    *out = pool->spare;
    if (++pool->spare->used == NR_AFD_SOCKETS_MAX)
        pool->spare = pool->spare->spare;
    return 0;
}

void nr_afd_pool_put(nr_afd_pool *pool, nr_afd_device *device)
{
    if (device->used-- == NR_AFD_SOCKETS_MAX) {
        device->spare = pool->spare;
        pool->spare = device;
    }
}

void nr_afd_pool_deinit(nr_afd_pool *pool)
{
    while (pool->all) {
        nr_afd_device *next = pool->all->next;

        CloseHandle(pool->all->afd);
        nr_sys_free(pool->all);
        pool->all = next;
    }
}
