// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// Groups at the end of their runtime, in order and by force.

namespace
{

struct Seen {
    Count begun;
    std::atomic<int> finished{0}; // FINALLYs run
    std::atomic<int> cleaning{0};
};

ASYNC_FN(int, square, ((int, n)))
{
    ASYNC_BEGIN(square);
    ASYNC_RETURN(self->n * self->n);
    ASYNC_END;
}

ASYNC_FN(void, wait_in_child, ((Event *, e), (Seen *, seen)))
{
    ASYNC_BEGIN(wait_in_child);
    self->seen->begun.add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    self->seen->finished++;
    ASYNC_END;
}

ASYNC_FN(void, own_waiting, ((Event *, e), (Seen *, seen)), nr_group g;)
{
    ASYNC_BEGIN(own_waiting);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, wait_in_child(&self->e[0], self->seen));
    GROUP_SPAWN(&self->g, wait_in_child(&self->e[1], self->seen));
    AWAIT(event_wait(&self->e[2]));
    ASYNC_FINALLY;
    GROUP_SPAWN(&self->g, square(2)); // refused: counts as ended
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    self->seen->cleaning++;
    ASYNC_END;
}

TEST(GroupEnd, TheEndOfTheRuntimeEndsItInOrder)
{
    for (unsigned workers : {1u, 3u}) {
        Event e[3];
        Seen seen;
        nr_runtime *rt = runtime_of(workers);
        {
            Handle h(rt);
            DETACH(SPAWN_ON(h, own_waiting(e, &seen)));
        }
        seen.begun.wait_for(2);
        nr_runtime_destroy(rt);
        EXPECT_EQ(seen.finished, 2);
        EXPECT_EQ(seen.cleaning, 1);
    }
}

// What tasks wait for, in the frame of another.
struct Lent {
    nr_group g;
    nr_mutex m;
    nr_semaphore s;
    nr_notify n;
    nr_barrier b;
    CHAN(int) * c;
};

ASYNC_FN(void, borrow, ((Lent *, lent), (Seen *, seen)))
{
    ASYNC_BEGIN(borrow);
    self->seen->begun.add();
    AWAIT(nr_mutex_lock(&self->lent->m));
    ASYNC_FINALLY; // waits for ever: so it still does when it is freed
    self->seen->cleaning++;
    AWAIT(ALL(nr_mutex_lock(&self->lent->m),
              nr_semaphore_acquire(&self->lent->s, 2),
              nr_notify_wait(&self->lent->n), nr_barrier_wait(&self->lent->b),
              CHAN_RECV(self->lent->c, NULL)));
    ASYNC_END;
}

// On whichever worker it runs: the child is in that one's list.
ASYNC_FN(void, bear, ((Lent *, lent), (Seen *, seen)))
{
    ASYNC_BEGIN(bear);
    GROUP_SPAWN(&self->lent->g, borrow(self->lent, self->seen));
    ASYNC_END;
}

ASYNC_FN(void, lend, ((std::atomic<Lent *> *, out), (CHAN(int) *, c)),
         Lent lent;)
{
    ASYNC_BEGIN(lend);
    nr_group_init(&self->lent.g);
    nr_mutex_init(&self->lent.m);
    nr_semaphore_init(&self->lent.s, 1);
    nr_notify_init(&self->lent.n);
    nr_barrier_init(&self->lent.b, 1000);
    self->lent.c = self->c;
    AWAIT(nr_mutex_lock(&self->lent.m));
    *self->out = &self->lent;
    AWAIT(nr_notify_wait(&self->lent.n));
    ASYNC_FINALLY;
    AWAIT(nr_group_join(&self->lent.g));
    ASYNC_END;
}

// The frame of `lend` is no part of the task's own block.
ASYNC_FN(void, lend_inside, ((std::atomic<Lent *> *, out), (CHAN(int) *, c)))
{
    ASYNC_BEGIN(lend_inside);
    AWAIT(lend(self->out, self->c));
    ASYNC_END;
}

// A runtime whose bound has passed frees its tasks in any order: no task may
// touch what was in the frame of another once that is gone. The lender comes
// first in the lists, those who borrow are in all of them.
TEST(GroupEnd, AForcedOneFreesLendersAndBorrowersInAnyOrder)
{
    enum { BORROWERS = 20 };
    uint64_t blocks = nr_sys_alloc_live();
    for (int round = 0; round < 20; round++) {
        std::atomic<Lent *> lent{nullptr};
        CHAN(int) *c = CHAN_NEW(int, 1);
        uint64_t blocks_of_round = nr_sys_alloc_live();
        Seen seen;
        nr_runtime *rt = runtime_of(1 + (unsigned)round % 3);
        {
            Handle h(rt);
            if (round % 2)
                DETACH(SPAWN_ON(h, lend(&lent, c)));
            else
                DETACH(SPAWN_ON(h, lend_inside(&lent, c)));
            while (!lent)
                nr_sys_thread_yield();
            for (int i = 0; i < BORROWERS; i++) {
                DETACH(SPAWN_ON(h, borrow(lent, &seen)));
                DETACH(SPAWN_ON(h, bear(lent, &seen)));
            }
        }
        seen.begun.wait_for(2 * BORROWERS);
        EXPECT_EQ(nr_runtime_shutdown(rt, 50), -ETIMEDOUT);
        wait_until_live(blocks_of_round);
        CHAN_FREE(c);
    }
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

} // namespace
