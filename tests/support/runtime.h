// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SUPPORT_RUNTIME_H
#define NANORUN_TESTS_SUPPORT_RUNTIME_H

// A runtime for one scope.

#include <errno.h>
#include <string.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"

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

#endif
