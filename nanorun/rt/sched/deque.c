/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sched/deque.h"

#include <string.h>

#include "nanorun/sys/memory.h"

static nr_ring *deque_new_ring(nr_deque *d, size_t size)
{
    size_t bytes = sizeof(nr_ring) + size * sizeof d->items[0];
    nr_ring *r = nr_sys_alloc(bytes);
    if (!r)
        return NULL;
    memset(r, 0, bytes); /* a late thief may read what nobody wrote */
    r->older = d->rings;
    r->size = size;
    d->rings = r;
    return r;
}

bool nr_deque_resize(nr_deque *d, size_t size)
{
    nr_ring *from = nr_deque_own_ring_(d), *to = NULL;
    if (size > NR_DEQUE_SIZE) {
        to = deque_new_ring(d, size);
        if (!to)
            return false;
    }
    d->top_seen = nr_load_size_acquire(&d->top); /* as in nr_deque_push */
    size_t end = nr_load_size_relaxed(&d->bottom);
    for (size_t i = d->top_seen; i != end; i++) {
        void *item = nr_load_ptr_relaxed(nr_deque_slot_(d, from, i));
        nr_store_ptr_relaxed(nr_deque_slot_(d, to, i), item);
    }
    /* Releases the items. seq_cst for worker_resize, which frees the old
     * rings. */
    nr_store_ptr_seq_cst(&d->ring, to);
    return true;
}

void nr_deque_free_outgrown(nr_deque *d)
{
    nr_ring *used = nr_deque_own_ring_(d), *r = d->rings;
    d->rings = used;
    while (r) {
        nr_ring *older = r->older;
        if (r != used)
            nr_sys_free(r);
        r = older;
    }
    if (used)
        used->older = NULL;
}

void nr_deque_deinit(nr_deque *d)
{
    nr_store_ptr_relaxed(&d->ring, NULL);
    nr_deque_free_outgrown(d);
}
