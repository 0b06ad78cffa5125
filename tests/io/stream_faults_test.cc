// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/reader.h"
#include "tests/io/tcp_helpers.h"
#include "tests/support/sys_faults.h"

// What is made of reads and writes, over streams in memory, of which one
// allocation fails, each in its turn. The call is -ENOMEM or unwinds; none
// waits for ever, and nothing is left.

namespace
{

struct course {
    nr_stream *left[2], *right[2];
    uint64_t counts[2];
    uint64_t after; // how many allocations go well
    int result;
    bool is_complete, is_over;
};

// Two lines from the left to the right, all of which fit into the pairs.
ASYNC_FN(void, pass_on, ((course *, c)), nr_reader r; char buf[16]; char *line;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(pass_on);
    AWAIT(self->c->result,
          nr_stream_write_all(self->c->left[0], "one\ntwo\n", 8));
    if (!self->c->result)
        AWAIT(self->c->result,
              nr_stream_shutdown(self->c->left[0], NR_SHUT_WR));
    if (!self->c->result)
        AWAIT(self->c->result, nr_stream_finish(self->c->right[1], 0));
    if (self->c->result != -ETIMEDOUT) // the left has not passed its end on
        ASYNC_RETURN();
    self->c->result = 0;
    AWAIT(self->c->result,
          nr_copy_both(self->c->left[1], self->c->right[0], self->c->counts));
    if (self->c->result)
        ASYNC_RETURN();
    EXPECT_EQ(self->c->counts[0], 8u);
    EXPECT_EQ(self->c->counts[1], 0u);
    nr_reader_init(&self->r, self->c->right[1], self->buf, sizeof self->buf);
    AWAIT(self->n, nr_reader_until(&self->r, '\n', &self->line));
    EXPECT_EQ(std::string(self->line, (size_t)self->n), "one\n");
    AWAIT(self->c->result, nr_reader_exact(&self->r, self->buf, 4));
    AWAIT(self->n, nr_reader_read(&self->r, self->buf, 1));
    EXPECT_EQ(self->n, 0);
    self->c->is_complete = self->c->result == 0;
    ASYNC_END;
}

ASYNC_FN(void, run_course, ((course *, c)))
{
    ASYNC_BEGIN(run_course);
    nr_sys_alloc_fail(self->c->after, 0);
    self->c->result = nr_duplex(64, self->c->left);
    if (!self->c->result)
        self->c->result = nr_duplex(64, self->c->right);
    if (self->c->result)
        ASYNC_RETURN();
    AWAIT(pass_on(self->c));
    ASYNC_FINALLY;
    self->c->is_over = sys_faults_alloc_is_to_come(self->c->after);
    nr_sys_alloc_fail(UINT64_MAX, 0);
    for (int i = 0; i < 2; i++) {
        nr_stream_close(self->c->left[i]);
        nr_stream_close(self->c->right[i]);
    }
    ASYNC_END;
}

// The frames of this are there before the first fault.
ASYNC_FN(void, join_course, ((course *, c)), JOIN_HANDLE(run_course) task;
         int status;)
{
    ASYNC_BEGIN(join_course);
    self->task = SPAWN(run_course(self->c));
    AWAIT(self->status, JOIN_STATUS(self->task));
    EXPECT_TRUE(self->status == 0 || self->status == -ENOMEM) << self->status;
    ASYNC_END;
}

// Each on a runtime of its own, which has no frames in stock.
TEST(StreamFaults, EveryAllocationMayFail)
{
    bool is_over = false;
    uint64_t blocks = nr_sys_alloc_live(), k = 0;
    for (; !is_over; k++) {
        SCOPED_TRACE(k);
        course c = {};
        c.after = k;
        {
            Runtime one(1);
            BLOCK_ON(one, join_course(&c));
        }
        is_over = c.is_over;
        EXPECT_TRUE(c.result == 0 || c.result == -ENOMEM) << c.result;
        EXPECT_TRUE(c.is_complete || !is_over);
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
    }
    EXPECT_GT(k, 10u);
}

} // namespace
