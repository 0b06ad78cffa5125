/* SPDX-License-Identifier: MIT */

/*
 * Blocks are kept by the thread that frees them, in lists by size, up to
 * KEPT_MAX of each; what is beyond goes back to the allocator. SPAWN asks for
 * room in front of the next frame (nr_spawn_begin_), which thereby is the
 * task's only block.
 *
 * A call takes and gives a block, so both ways are short, and inline: one test
 * tells that the end of a list is reached. There are two ends. After `open` a
 * thread may add KEPT_MAX blocks; after `closed`, none: the lists of a thread
 * that keeps nothing, and of blocks that are not to be kept.
 */

#include "nanorun/rt/internal/frame.h"

#include "nanorun/rt/internal/task.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

enum { KEPT_MAX = 64 };

static nr_future closed;
static nr_future open = {.resume = KEPT_MAX};

#define EIGHT_CLOSED \
    &closed, &closed, &closed, &closed, &closed, &closed, &closed, &closed
NR_OF_THREAD_ struct nr_frames_ nr_frames_ = {
    .kept = {EIGHT_CLOSED, EIGHT_CLOSED, EIGHT_CLOSED, EIGHT_CLOSED,
             EIGHT_CLOSED, EIGHT_CLOSED, EIGHT_CLOSED, EIGHT_CLOSED, &closed}};
_Static_assert(NR_BLOCK_KINDS_ == 8 * 8 + 1, "every list has an end");

/* Of this thread. */
static NR_THREAD_LOCAL struct {
    bool is_open;
    bool holding; /* nothing is given back yet, but put to `held` */
    nr_future *held;
} cache;

static void *take(size_t size)
{
    uint8_t block = nr_block_of_(size);
    nr_future *f = nr_frames_.kept[block];
    nr_future *next = f->awaiter;
    if (!next)
        return nr_sys_alloc(
            block == NR_BLOCK_LARGE_ ? size : (size_t)block * NR_BLOCK_STEP_);
    nr_frames_.kept[block] = next;
    return f;
}

static void give(void *memory, size_t size)
{
    nr_future *f = memory;
    if (nr_frame_keep(f, nr_block_of_(size)))
        return;
    if (cache.holding) {
        f->awaiter = cache.held;
        cache.held = f;
    } else {
        nr_sys_free(memory);
    }
}

static void free_all(nr_future *f)
{
    while (f) {
        nr_future *next = f->awaiter;
        nr_sys_free(f);
        f = next;
    }
}

/* Gives back what is kept. A tool that watches every block is to see the end of
 * each. */
static void renew(void)
{
    bool keeps = cache.is_open && !cache.holding && !NR_SYS_MEMORY_CHECKED;
    for (int i = NR_BLOCK_SMALL_; i < NR_BLOCK_KINDS_; i++) {
        while (nr_frames_.kept[i]->awaiter)
            nr_sys_free(take((size_t)i * NR_BLOCK_STEP_));
        nr_frames_.kept[i] = keeps ? &open : &closed;
    }
}

void nr_frame_cache_open(void)
{
    cache.is_open = true;
    renew();
}

void nr_frame_cache_close(void)
{
    cache.is_open = false;
    renew();
}

void nr_frame_hold(void)
{
    cache.holding = true;
    renew();
}

void nr_frame_let_go(void)
{
    cache.holding = false;
    renew();
    free_all(cache.held);
    cache.held = NULL;
}

void nr_spawn_begin_(void)
{
    nr_frames_.room_wanted = 1;
}

static nr_future *new_with_room(const nr_future_ops *ops, size_t size)
{
    nr_frames_.room_wanted = 0;
    char *memory = take(NR_TASK_ROOM + size);
    if (!memory)
        return NULL;
    nr_future *f = (nr_future *)(void *)(memory + NR_TASK_ROOM);
    *f = (nr_future){.ops = ops, .block = NR_BLOCK_ROOMY_};
    return f;
}

nr_future *nr_frame_take_(const nr_future_ops *ops, size_t size)
{
    if (nr_frames_.room_wanted)
        return new_with_room(ops, size);
    nr_future *f = take(size);
    if (f)
        *f = (nr_future){.ops = ops, .block = nr_block_of_(size)};
    return f;
}

void nr_future_free(nr_future *future)
{
    if (future->block == NR_BLOCK_ROOMY_)
        give((char *)future - NR_TASK_ROOM, NR_TASK_ROOM + future->ops->size);
    else if (future->block != NR_BLOCK_LENT_)
        give(future, future->ops->size);
}

void nr_future_drop(nr_future *future)
{
    if (!future)
        return;
    if (future->ops->drop && future->phase != NR_OVER_)
        future->ops->drop(future);
    else
        nr_future_free(future);
}
