/* SPDX-License-Identifier: MIT */

/*
 * Blocks are kept by the thread that frees them, in lists by size of 16-byte
 * steps, up to KEPT_MAX bytes in all; what is beyond goes back to the
 * allocator. SPAWN asks for room in front of the next frame (nr_spawn_begin_),
 * which thereby is the task's only block.
 *
 * A call takes and gives a block, so both ways are short: what is rare is told
 * by one test (a limit of 0, a bit of the header) and goes another way.
 */

#include "nanorun/rt/internal/frame.h"

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/task.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

enum { STEP = 16, CLASSES = 33, KEPT_MAX = 1 << 16 };

typedef struct block {
    struct block *next;
} block;

/* Of this thread. */
static NR_THREAD_LOCAL struct {
    block *kept[CLASSES];
    uint32_t steps_kept;
    uint32_t steps_max; /* 0: none is to be kept */
    bool is_open;
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
    block *b = k < CLASSES ? cache.kept[k] : NULL;
    if (!b)
        return nr_sys_alloc(k * STEP);
    cache.kept[k] = b->next;
    cache.steps_kept -= (uint32_t)k;
    return b;
}

static void push(block **list, void *memory)
{
    block *b = memory;
    b->next = *list;
    *list = b;
}

static void give(void *memory, size_t size)
{
    size_t k = class_of(size);
    if (k < CLASSES && cache.steps_kept + k <= cache.steps_max) {
        push(&cache.kept[k], memory);
        cache.steps_kept += (uint32_t)k;
    } else if (cache.holding) {
        push(&cache.held, memory);
    } else {
        nr_sys_free(memory);
    }
}

/* A tool that watches every block is to see the end of each. */
static void set_limit(void)
{
    bool keeps = cache.is_open && !cache.holding && !NR_SYS_MEMORY_CHECKED;
    cache.steps_max = keeps ? KEPT_MAX / STEP : 0;
}

void nr_frame_cache_open(void)
{
    cache.is_open = true;
    set_limit();
}

void nr_frame_cache_close(void)
{
    cache.is_open = false;
    set_limit();
    for (size_t k = 0; k < CLASSES; k++) {
        while (cache.kept[k]) {
            block *b = cache.kept[k];
            cache.kept[k] = b->next;
            nr_sys_free(b);
        }
    }
    cache.steps_kept = 0;
}

void nr_frame_hold(void)
{
    cache.holding = true;
    set_limit();
}

void nr_frame_let_go(void)
{
    cache.holding = false;
    set_limit();
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

static void *new_with_room(const nr_future_ops *ops, size_t size)
{
    cache.room_wanted = false;
    char *memory = take(NR_TASK_ROOM + size);
    if (!memory)
        return NULL;
    nr_future *f = (nr_future *)(void *)(memory + NR_TASK_ROOM);
    *f = (nr_future){.ops = ops, .has_room = true};
    return f;
}

void *nr_frame_take_(const nr_future_ops *ops, size_t size)
{
    if (cache.room_wanted)
        return new_with_room(ops, size);
    nr_future *f = take(size);
    if (f)
        *f = (nr_future){.ops = ops};
    return f;
}

static void free_rarely(nr_future *future)
{
    if (!future->in_task && !future->is_kept)
        give((char *)future - NR_TASK_ROOM, NR_TASK_ROOM + future->ops->size);
}

void nr_future_free(nr_future *future)
{
    if (future->has_room || future->in_task || future->is_kept)
        free_rarely(future);
    else
        give(future, future->ops->size);
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
