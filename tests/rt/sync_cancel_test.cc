// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/runtime_helpers.h"

// Every wait, cancelled in every way, leaves nobody in line and nothing taken:
// all objects can be used, and ended, at once.

namespace
{

typedef CHAN(int) int_chan;

struct Objects {
    nr_mutex m;     // locked
    nr_semaphore s; // without permits
    nr_notify n;    // without a permit
    nr_barrier b;   // of two
    int_chan *empty;
    int_chan *full; // of one, 7
    nr_group g;     // with a child that waits for n
    Count ended;    // children
};

enum Wait { LOCK, ACQUIRE, NOTIFY, BARRIER, RECV, SEND, JOINS, WAITS };
enum How { BY_ABORT, BY_TIMEOUT, BY_SELECT, HOWS };

ASYNC_FN(void, wait_for, ((Objects *, o), (Wait, wait), (int *, v)))
{
    ASYNC_BEGIN(wait_for);
    if (self->wait == LOCK)
        AWAIT(nr_mutex_lock(&self->o->m));
    if (self->wait == ACQUIRE)
        AWAIT(nr_semaphore_acquire(&self->o->s, 2));
    if (self->wait == NOTIFY)
        AWAIT(nr_notify_wait(&self->o->n));
    if (self->wait == BARRIER)
        AWAIT(nr_barrier_wait(&self->o->b));
    if (self->wait == RECV)
        AWAIT(CHAN_RECV(self->o->empty, self->v));
    if (self->wait == SEND)
        AWAIT(CHAN_SEND(self->o->full, 8));
    if (self->wait == JOINS)
        AWAIT(nr_group_join(&self->o->g));
    EXPECT_TRUE(false) << "the wait has ended by itself";
    ASYNC_END;
}

ASYNC_FN(void, child, ((Objects *, o)))
{
    ASYNC_BEGIN(child);
    AWAIT(nr_notify_wait(&self->o->n));
    ASYNC_FINALLY;
    self->o->ended.add();
    ASYNC_END;
}

ASYNC_FN(void, give_up, ((Objects *, o), (Wait, wait), (How, how)),
         JOIN_HANDLE(wait_for) h;
         int err, v;)
{
    ASYNC_BEGIN(give_up);
    self->v = -1;
    if (self->wait == JOINS)
        GROUP_SPAWN(&self->o->g, child(self->o));
    if (self->how == BY_ABORT) {
        self->h = SPAWN(wait_for(self->o, self->wait, &self->v));
        YIELD_NOW(); // on one worker: both wait now
        YIELD_NOW();
        ABORT(self->h);
        AWAIT(self->err, JOIN_STATUS(self->h));
        EXPECT_EQ(self->err, -ECANCELED);
    } else if (self->how == BY_TIMEOUT) {
        AWAIT(self->err,
              TIMEOUT_MS(1, wait_for(self->o, self->wait, &self->v)));
        EXPECT_EQ(self->err, -ETIMEDOUT);
    } else {
        AWAIT(self->err,
              SELECT(wait_for(self->o, self->wait, &self->v), nr_sleep_ms(1)));
        EXPECT_EQ(self->err, 1);
    }
    EXPECT_EQ(self->v, -1);
    EXPECT_EQ(self->o->ended.get(), self->wait == JOINS);
    ASYNC_END;
}

void end_all(Objects *o)
{
    int v = -1;
    nr_mutex_unlock(&o->m);
    EXPECT_EQ(nr_mutex_try_lock(&o->m), 0);
    nr_mutex_unlock(&o->m);
    nr_mutex_deinit(&o->m);
    nr_semaphore_release(&o->s, 2);
    EXPECT_EQ(nr_semaphore_try_acquire(&o->s, 2), 0);
    nr_semaphore_deinit(&o->s);
    nr_notify_deinit(&o->n);
    nr_barrier_deinit(&o->b);
    EXPECT_EQ(CHAN_TRY_SEND(o->empty, 9), 0);
    EXPECT_EQ(CHAN_TRY_RECV(o->empty, &v), 0);
    EXPECT_EQ(v, 9);
    CHAN_FREE(o->empty);
    EXPECT_EQ(CHAN_TRY_RECV(o->full, &v), 0);
    EXPECT_EQ(v, 7);
    EXPECT_EQ(CHAN_TRY_RECV(o->full, &v), -EAGAIN);
    CHAN_FREE(o->full);
    nr_group_deinit(&o->g);
}

void cancel(Wait wait, How how)
{
    Objects o;
    nr_mutex_init(&o.m);
    EXPECT_EQ(nr_mutex_try_lock(&o.m), 0);
    nr_semaphore_init(&o.s, 0);
    nr_notify_init(&o.n);
    nr_barrier_init(&o.b, 2);
    o.empty = CHAN_NEW(int, 1);
    o.full = CHAN_NEW(int, 1);
    EXPECT_EQ(CHAN_TRY_SEND(o.full, 7), 0);
    nr_group_init(&o.g);
    {
        Runtime rt(1);
        BLOCK_ON(rt, give_up(&o, wait, how));
    }
    end_all(&o);
}

TEST(SyncCancel, EveryWaitInEveryWayLeavesNothingBehind)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int wait = LOCK; wait < WAITS; wait++) {
        for (int how = BY_ABORT; how < HOWS; how++) {
            SCOPED_TRACE(testing::Message() << wait << " " << how);
            cancel((Wait)wait, (How)how);
        }
    }
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

} // namespace
