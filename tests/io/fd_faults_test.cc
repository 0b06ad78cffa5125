// SPDX-License-Identifier: MIT
#include "tests/io/fd_helpers.h"
#include "tests/support/sys_faults.h"

// Each allocation and each call of the system that a watch and a wait make
// fails in its turn. Each is an error that is documented, and nothing leaks.

namespace
{

typedef struct faults {
    void (*arm)(uint64_t after);
    bool (*is_to_come)(uint64_t after);
    uint64_t after;
    bool is_over;
} faults;

// Its own frame is there before the first fault, and the join of it.
ASYNC_FN(int, watch_and_wait, ((nr_sys_socket, own), (faults *, f)), nr_fd *w;
         int ready;)
{
    ASYNC_BEGIN(watch_and_wait);
    self->f->arm(self->f->after);
    self->ready = nr_fd_watch((int)self->own, &self->w);
    if (self->ready)
        ASYNC_RETURN(self->ready);
    AWAIT(self->ready, nr_fd_ready(self->w, NR_FD_WRITE));
    ASYNC_RETURN(self->ready);
    ASYNC_FINALLY;
    self->f->is_over = self->f->is_to_come(self->f->after);
    self->f->arm(UINT64_MAX);
    nr_fd_unwatch(self->w);
    ASYNC_END;
}

void expect_documented(const faults *f, int result)
{
    if (f->is_over) {
        EXPECT_EQ(result, NR_FD_WRITE);
    } else {
        EXPECT_TRUE(result == -ENOMEM || result == -EMFILE) << result;
    }
}

// Returns how many faults there were.
ASYNC_FN(uint64_t, fail_each, ((faults *, f)), fd_pair p;
         JOIN_HANDLE(watch_and_wait) task; int fds, status, ready;)
{
    ASYNC_BEGIN(fail_each);
    AWAIT_FD_PAIR_OR(&self->p, 0);
    self->fds = count_fds();
    for (; !self->f->is_over; self->f->after++) {
        self->task = SPAWN(watch_and_wait(self->p.own, self->f));
        AWAIT(self->status, JOIN_STATUS(self->task, &self->ready));
        expect_documented(self->f, self->status ? self->status : self->ready);
        EXPECT_EQ(count_fds(), self->fds) << self->f->after;
    }
    ASYNC_RETURN(self->f->after - 1);
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

void fail_alloc(uint64_t after)
{
    nr_sys_alloc_fail(after, 0);
}

bool is_call_to_come(uint64_t)
{
    return sys_faults_is_to_come();
}

TEST_F(Fd, EveryAllocationMayFail)
{
    faults f = {fail_alloc, sys_faults_alloc_is_to_come, 0, false};
    EXPECT_GE(BLOCK_ON(rt, fail_each(&f)), 3u); // a watch and two waits
}

TEST_F(Fd, EveryCallOfTheSystemMayFail)
{
    faults f = {sys_faults_fail, is_call_to_come, 0, false};
    EXPECT_GE(BLOCK_ON(rt, fail_each(&f)), 2u); // each watch makes two waits
}

} // namespace
