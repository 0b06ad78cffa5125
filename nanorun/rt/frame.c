/* SPDX-License-Identifier: MIT */

/*
 * Blocks are kept by the thread that frees them, in lists by size of 16-byte
 * steps, up to KEPT_MAX each; what is beyond goes back to the allocator. SPAWN
 * asks for room in front of the next frame (nr_spawn_begin_), which thereby
 * is the task's only block.
 */

#include "nanorun/rt/internal/frame.h"

#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/task.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

enum { STEP = 16, CLASSES = 33, KEPT_MAX = 64 };

typedef struct block {
    struct block *next;
} block;

/* Of this thread. */
static NR_THREAD_LOCAL struct {
    block *kept[CLASSES];
    uint8_t kept_count[CLASSES];
    bool open;
    bool room_wanted; /* by SPAWN, for the next frame */
    bool holding;     /* nothing is given back yet, but put to `held` */
    block *held;
} cache;

static size_t class_of(size_t size)
{
    return (size + STEP - 1) / STEP;
}

static void *take(size_t size)
{
    size_t k = class_of(size);
    if (k < CLASSES && cache.kept[k]) {
        block *b = cache.kept[k];
        cache.kept[k] = b->next;
        cache.kept_count[k]--;
        return b;
    }
    return nr_sys_alloc(k * STEP);
}

static void give(void *memory, size_t size)
{
    size_t k = class_of(size);
    if (cache.holding) {
        block *b = memory;
        b->next = cache.held;
        cache.held = b;
        return;
    }
    if (NR_SYS_MEMORY_CHECKED || !cache.open || k >= CLASSES ||
        cache.kept_count[k] == KEPT_MAX) {
        nr_sys_free(memory);
        return;
    }
    block *b = memory;
    b->next = cache.kept[k];
    cache.kept[k] = b;
    cache.kept_count[k]++;
}

void nr_frame_cache_open(void)
{
    cache.open = true;
}

void nr_frame_cache_close(void)
{
    cache.open = false;
    for (size_t k = 0; k < CLASSES; k++) {
        while (cache.kept[k]) {
            block *b = cache.kept[k];
            cache.kept[k] = b->next;
            nr_sys_free(b);
        }
        cache.kept_count[k] = 0;
    }
}

void nr_frame_hold(void)
{
    cache.holding = true;
}

void nr_frame_let_go(void)
{
    cache.holding = false;
    while (cache.held) {
        block *b = cache.held;
        cache.held = b->next;
        nr_sys_free(b);
    }
}

void nr_spawn_begin_(void)
{
    cache.room_wanted = true;
}

void *nr_frame_new_(const nr_future_ops *ops, size_t size)
{
    size_t room = 0;
    if (cache.room_wanted) {
        cache.room_wanted = false;
        room = NR_TASK_ROOM;
    }
    char *memory = take(room + size);
    if (!memory)
        return NULL;
    nr_future *f = (nr_future *)(void *)(memory + room);
    memset(f, 0, size);
    f->ops = ops;
    f->has_room = room != 0;
    return f;
}

void nr_future_free(nr_future *future)
{
    if (future->in_task || future->is_kept)
        return;
    size_t room = future->has_room ? NR_TASK_ROOM : 0;
    give((char *)future - room, room + future->ops->size);
}

void nr_future_drop(nr_future *future)
{
    if (!future)
        return;
    if (future->ops->drop && !future->is_over)
        future->ops->drop(future);
    else
        nr_future_free(future);
}
