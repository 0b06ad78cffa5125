/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/internal/deque.h"

#include <string.h>

#include "nanorun/sys/memory.h"

bool nr_deque_grow(nr_deque *d)
{
    nr_ring *r = nr_deque_own_ring_(d);
    size_t size = 2 * nr_ring_size_(r);
    size_t bytes = sizeof *r + size * sizeof d->items[0];
    nr_ring *larger = nr_sys_alloc(bytes);
    if (!larger)
        return false;
    memset(larger, 0, bytes); /* a late thief may read what nobody wrote */
    larger->older = d->rings;
    larger->size = size;
    d->rings = larger;
    size_t end = nr_load_size_relaxed(&d->bottom);
    for (size_t i = d->top_seen; i != end; i++) {
        void *item = nr_load_ptr_relaxed(nr_deque_slot_(d, r, i));
        nr_store_ptr_relaxed(nr_deque_slot_(d, larger, i), item);
    }
    /* Releases the items; seq_cst for who frees the old one, see worker.c. */
    nr_store_ptr_seq_cst(&d->ring, larger);
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
