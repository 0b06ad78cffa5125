/* SPDX-License-Identifier: MIT */

/*
 * The thread that frees a block keeps it, in a list for its size, of
 * FRAME_KEPT_MAX blocks at most. An empty list gets half as many from the slab,
 * and a full one gives half back. SPAWN requests room in front of the next
 * frame (nr_spawn_begin_), so that the task and its frame are one block.
 *
 * Each call takes and gives a block, so both are short and inline: one test
 * tells that a list is empty or full. A list ends with one of two futures. A
 * list that ends with `frame_open` may take FRAME_KEPT_MAX blocks. One that
 * ends with `frame_closed` may take none: that of a thread that keeps nothing,
 * or of a kind that is not kept.
 */

#include "nanorun/rt/memory/frame_lists.h"

#include "nanorun/rt/memory/slab.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

enum { FRAME_KEPT_MAX = 64 };

static nr_future frame_closed;
static nr_future frame_open = {.resume = FRAME_KEPT_MAX};

#define FRAME_EIGHT_CLOSED                                                     \
    &frame_closed, &frame_closed, &frame_closed, &frame_closed, &frame_closed, \
        &frame_closed, &frame_closed, &frame_closed
NR_OF_THREAD_ struct nr_frames_ nr_frames_ = {
    .kept = {FRAME_EIGHT_CLOSED, FRAME_EIGHT_CLOSED, FRAME_EIGHT_CLOSED,
             FRAME_EIGHT_CLOSED, FRAME_EIGHT_CLOSED, FRAME_EIGHT_CLOSED,
             FRAME_EIGHT_CLOSED, FRAME_EIGHT_CLOSED, &frame_closed}};
_Static_assert(NR_BLOCK_KINDS_ == 8 * 8 + 1, "every list has an end");

/* The state of the calling thread. */
static NR_THREAD_LOCAL struct {
    bool is_open;
    bool holding; /* blocks go to `held` and are not given back yet */
    nr_future *held;
} frame_cache;

static bool frame_is_keeping(void)
{
    return frame_cache.is_open && !frame_cache.holding &&
           !NR_SYS_MEMORY_CHECKED;
}

static nr_future *frame_pop(uint8_t block)
{
    nr_future *f = nr_frames_.kept[block];
    nr_frames_.kept[block] = f->awaiter;
    return f;
}

/* Takes a block of a kind whose list is empty, and fills the list. */
static nr_future *frame_take_more(uint8_t block)
{
    nr_future *list =
        nr_slab_take(block, frame_is_keeping() ? FRAME_KEPT_MAX / 2 : 1);
    nr_future *first = list;
    if (!first)
        return NULL;
    for (list = list->awaiter; list;) {
        nr_future *f = list;
        list = f->awaiter;
        nr_frame_keep(f, block);
    }
    return first;
}

static void *frame_take(const nr_future_ops *ops, size_t size)
{
    uint8_t block = nr_block_of_(size);
    if (nr_frames_.kept[block]->awaiter)
        return frame_pop(block);
    if (NR_SYS_MEMORY_CHECKED || block == NR_BLOCK_LARGE_)
        return nr_sys_aligned_alloc(size, ops->align);
    return frame_take_more(block);
}

/* Gives up to `n` kept blocks back to the slab. */
static void frame_shed(uint8_t block, unsigned n)
{
    nr_future *list = NULL;
    while (n-- > 0 && nr_frames_.kept[block]->awaiter) {
        nr_future *f = frame_pop(block);
        f->awaiter = list;
        list = f;
    }
    if (list)
        nr_slab_give(block, list);
}

/* Gives back a block that does not fit its list. */
static void frame_give_back(nr_future *f, uint8_t block)
{
    if (NR_SYS_MEMORY_CHECKED || block == NR_BLOCK_LARGE_) {
        nr_sys_aligned_free(f);
    } else if (frame_is_keeping()) {
        frame_shed(block, FRAME_KEPT_MAX / 2);
        nr_frame_keep(f, block);
    } else {
        f->awaiter = NULL;
        nr_slab_give(block, f);
    }
}

static void frame_give(void *memory, uint8_t block)
{
    nr_future *f = memory;
    if (nr_frame_keep(f, block))
        return;
    if (frame_cache.holding) {
        f->block = block;
        f->awaiter = frame_cache.held;
        frame_cache.held = f;
    } else {
        frame_give_back(f, block);
    }
}

/* Gives all kept blocks back, and chooses the end of each list anew. */
static void frame_renew(void)
{
    for (int i = NR_BLOCK_SMALL_; i < NR_BLOCK_KINDS_; i++) {
        frame_shed((uint8_t)i, FRAME_KEPT_MAX);
        nr_frames_.kept[i] = frame_is_keeping() ? &frame_open : &frame_closed;
    }
}

void nr_frame_cache_open(void)
{
    frame_cache.is_open = true;
    frame_renew();
}

void nr_frame_cache_close(void)
{
    frame_cache.is_open = false;
    frame_renew();
}

void nr_frame_hold(void)
{
    frame_cache.holding = true;
    frame_renew();
}

void nr_frame_let_go(void)
{
    nr_future *list = frame_cache.held;
    frame_cache.held = NULL;
    frame_cache.holding = false;
    frame_renew();
    while (list) {
        nr_future *f = list;
        list = f->awaiter;
        frame_give(f, f->block);
    }
}

void nr_spawn_begin_(void)
{
    nr_frames_.room_wanted = 1;
}

static nr_future *frame_new_with_room(const nr_future_ops *ops, size_t size)
{
    nr_frames_.room_wanted = 0;
    char *memory = frame_take(ops, NR_TASK_ROOM + size);
    if (!memory)
        return NULL;
    nr_future *f = (nr_future *)(void *)(memory + NR_TASK_ROOM);
    *f = (nr_future){.ops = ops, .block = NR_BLOCK_ROOMY_};
    return f;
}

nr_future *nr_frame_take_(const nr_future_ops *ops, size_t size)
{
    if (nr_frames_.room_wanted)
        return frame_new_with_room(ops, size);
    nr_future *f = frame_take(ops, size);
    if (f)
        *f = (nr_future){.ops = ops, .block = nr_block_of_(size)};
    return f;
}

void nr_future_free(nr_future *future)
{
    if (future->block == NR_BLOCK_ROOMY_)
        frame_give((char *)future - NR_TASK_ROOM,
                   nr_block_of_(NR_TASK_ROOM + future->ops->size));
    else if (future->block != NR_BLOCK_LENT_)
        frame_give(future, future->block);
}

nr_future *nr_future_consume_(const char *place, nr_future *future)
{
    if (!future)
        return NULL;
    if (future->phase != NR_NEW_)
        nr_sys_die("a future is consumed twice", place);
    future->phase = NR_RUNNING_;
    return future;
}

void(nr_future_drop)(nr_future *future)
{
    if (!future)
        return;
    if (future->ops->drop && future->phase != NR_OVER_)
        future->ops->drop(future);
    else
        nr_future_free(future);
}
