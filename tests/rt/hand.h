/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RT_HAND_H
#define TESTS_RT_HAND_H

/*
 * Polling by hand: a leaf whose answers a test sets and which counts its calls,
 * and a chain with a context, without a task or a runtime.
 */

#include <gtest/gtest.h>

#include <cerrno>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/sys/memory.h"

namespace hand
{

struct Leaf {
    nr_poll answer = NR_PENDING; // READY: with `value` as the result
    nr_poll cancel_answer = NR_READY;
    int value = 0;
    bool is_over = false;  // READY: and says that it holds nothing
    int error = ECANCELED; // why, where the answer is NR_UNWIND_
    void (*on_poll)(Leaf *leaf, nr_context *cx) = nullptr;
    void *arg = nullptr; // on_poll's
    int polls = 0;
    int cancels = 0;
    int drops = 0;
};

} // namespace hand

struct hand_future {
    nr_future base;
    int result;
    hand::Leaf *leaf;
};

namespace hand
{

inline nr_poll Poll(nr_future *self, nr_context *cx)
{
    hand_future *f = reinterpret_cast<hand_future *>(self);
    f->leaf->polls++;
    if (f->leaf->on_poll)
        f->leaf->on_poll(f->leaf, cx);
    f->result = f->leaf->value;
    if (f->leaf->answer == NR_READY && f->leaf->is_over)
        self->phase = NR_OVER_;
    if (f->leaf->answer == NR_UNWIND_)
        cx->error = f->leaf->error;
    return f->leaf->answer;
}

inline nr_poll Cancel(nr_future *self, nr_context *)
{
    Leaf *leaf = reinterpret_cast<hand_future *>(self)->leaf;
    leaf->cancels++;
    return leaf->cancel_answer;
}

inline void Drop(nr_future *self)
{
    reinterpret_cast<hand_future *>(self)->leaf->drops++;
    nr_future_free(self);
}

inline const nr_future_ops ops = NR_FUTURE_OPS(hand_future, Poll, Cancel, Drop);

// Awaitable int.
inline hand_future *Wait(Leaf *leaf)
{
    hand_future *f = NR_FUTURE_NEW(hand_future, &ops);
    if (f)
        f->leaf = leaf;
    return f;
}

// A chain of int.
class Chain
{
  public:
    template <class F> explicit Chain(F *call)
    {
        nr_chain_init(&c, reinterpret_cast<nr_future *>(call), nullptr);
        offset = offsetof(F, result);
    }

    ~Chain()
    {
        nr_chain_drop(&c);
    }

    Chain(const Chain &) = delete;
    Chain &operator=(const Chain &) = delete;

    nr_poll Poll(unsigned budget = NR_BUDGET_PER_POLL)
    {
        cx = nr_context();
        cx.budget = budget;
        return nr_chain_poll(&c, &cx);
    }

    void Cancel()
    {
        nr_chain_cancel(&c);
    }

    int Take(int *out)
    {
        return nr_chain_take(&c, out, offset, sizeof *out);
    }

    // The result, or the error as a negative number.
    int Outcome()
    {
        int value = 0;
        int error = Take(&value);
        return error ? error : value;
    }

    nr_chain c;
    nr_context cx = {};
    size_t offset;
};

// Looks that every block of the library is given back.
class Test : public testing::Test
{
  protected:
    ~Test() override
    {
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }

    uint64_t live_before = nr_sys_alloc_live();
};

} // namespace hand

#endif
