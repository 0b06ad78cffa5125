// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_RT_RUNTIME_HELPERS_H
#define NANORUN_TESTS_RT_RUNTIME_HELPERS_H

// What the tests of the scheduler and of runtimes share: a runtime for one
// scope, an event between threads and tasks, a count that plain threads wait
// for, and a leaf that is always ready.

#include <string.h>

#include <atomic>
#include <mutex>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/rt/future.h"
#include "tests/support/runtime.h"
#include "tests/support/test_thread.h"

// A reference to a runtime for one scope.
class Handle
{
  public:
    explicit Handle(nr_runtime *rt) : h_(nr_runtime_handle(rt))
    {
    }
    ~Handle()
    {
        nr_handle_release(h_);
    }
    Handle(const Handle &) = delete;
    Handle &operator=(const Handle &) = delete;
    operator nr_handle *() const
    {
        return h_;
    }

  private:
    nr_handle *h_;
};

// A count that any thread adds to and plain threads wait for.
class Count
{
  public:
    void add(long n = 1)
    {
        std::lock_guard<Mutex> guard(lock_);
        count_ += n;
        changed_.notify_all();
    }
    void wait_for(long n)
    {
        std::unique_lock<Mutex> guard(lock_);
        changed_.wait(guard, [&] { return count_ >= n; });
    }
    long get()
    {
        std::lock_guard<Mutex> guard(lock_);
        return count_;
    }

  private:
    Mutex lock_;
    Condition changed_;
    long count_ = 0;
};

// An event that any thread sets and one task at a time waits for; the wait
// takes it back.
struct Event {
    Mutex lock;
    bool is_set = false;
    nr_waker *waker = nullptr;
    std::atomic<int> polls{0}, drops{0};

    // Wakes whoever waits, without setting it.
    void wake()
    {
        lock.lock();
        nr_waker *w = nr_waker_clone(waker);
        lock.unlock();
        nr_waker_wake(w);
        nr_waker_drop(w);
    }
    void set()
    {
        lock.lock();
        is_set = true;
        lock.unlock();
        wake();
    }
};

typedef struct event_wait_future {
    nr_future base;
    nr_unit result;
    Event *e;
} event_wait_future;

inline nr_poll event_wait_poll(nr_future *self, nr_context *cx)
{
    Event *e = ((event_wait_future *)self)->e;
    std::lock_guard<Mutex> guard(e->lock);
    e->polls++;
    bool was_set = e->is_set;
    e->is_set = false;
    if (!was_set) {
        nr_waker_store(&e->waker, cx->waker);
    } else { // not in drop only: a task that is this leaf ends with it
        nr_waker_drop(e->waker);
        e->waker = nullptr;
    }
    return was_set ? NR_READY : NR_PENDING;
}

inline void event_wait_drop(nr_future *self)
{
    Event *e = ((event_wait_future *)self)->e;
    e->lock.lock();
    nr_waker *waker = e->waker;
    e->waker = nullptr;
    e->drops++;
    e->lock.unlock();
    nr_waker_drop(waker);
    nr_future_free(self);
}

inline event_wait_future *event_wait(Event *e)
{
    static const nr_future_ops ops = NR_FUTURE_OPS(
        event_wait_future, event_wait_poll, nullptr, event_wait_drop);
    event_wait_future *f = NR_FUTURE_NEW(event_wait_future, &ops);
    if (f)
        f->e = e;
    return f;
}

// Ready at every poll for which there is budget.
typedef struct always_ready_future {
    nr_future base;
    nr_unit result;
} always_ready_future;

inline nr_poll always_ready_poll(nr_future *self, nr_context *cx)
{
    (void)self;
    return nr_context_spend(cx) ? NR_READY : NR_PENDING;
}

inline always_ready_future *always_ready(void)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(always_ready_future, always_ready_poll, nullptr, nullptr);
    return NR_FUTURE_NEW(always_ready_future, &ops);
}

// Keeps the waker of its task in *kept.
typedef struct lend_waker_future {
    nr_future base;
    nr_unit result;
    nr_waker **kept;
} lend_waker_future;

inline nr_poll lend_waker_poll(nr_future *self, nr_context *cx)
{
    nr_waker_store(((lend_waker_future *)self)->kept, cx->waker);
    return NR_READY;
}

inline lend_waker_future *lend_waker(nr_waker **kept)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(lend_waker_future, lend_waker_poll, nullptr, nullptr);
    lend_waker_future *f = NR_FUTURE_NEW(lend_waker_future, &ops);
    if (f)
        f->kept = kept;
    return f;
}

#endif
