// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SUPPORT_RUNTIME_H
#define NANORUN_TESTS_SUPPORT_RUNTIME_H

// A runtime for one scope, and the wait for what a bounded end left behind.

#include <errno.h>
#include <string.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

inline nr_runtime *runtime_of(unsigned workers)
{
    nr_runtime_options options = {};
    options.workers = workers;
    nr_runtime *rt = nr_runtime_create(&options);
    EXPECT_NE(rt, nullptr) << strerror(errno);
    return rt;
}

class Runtime
{
  public:
    explicit Runtime(unsigned workers) : rt_(runtime_of(workers))
    {
    }
    ~Runtime()
    {
        nr_runtime_destroy(rt_);
    }
    Runtime(const Runtime &) = delete;
    Runtime &operator=(const Runtime &) = delete;
    operator nr_runtime *() const
    {
        return rt_;
    }

  private:
    nr_runtime *rt_;
};

// Until as many blocks are allocated as before a runtime whose end was bounded:
// a worker that got no processor may be left to itself then, and uses what its
// tasks borrow until it has freed the last of them.
inline void wait_until_live(uint64_t blocks)
{
    while (nr_sys_alloc_live() != blocks)
        nr_sys_thread_yield();
}

#endif
