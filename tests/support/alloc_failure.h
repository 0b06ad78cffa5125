// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SUPPORT_ALLOC_FAILURE_H
#define NANORUN_TESTS_SUPPORT_ALLOC_FAILURE_H

#include "nanorun/sys/memory.h"

// While it lives, allocations of the library fail: the one that comes after
// `after` others, or with FROM_THERE_ON all that come then.
class AllocFailure
{
  public:
    enum Reach { ONE, FROM_THERE_ON };

    explicit AllocFailure(uint64_t after, Reach reach = ONE)
    {
        nr_sys_alloc_fail(after, reach == FROM_THERE_ON);
    }
    ~AllocFailure()
    {
        nr_sys_alloc_fail(UINT64_MAX, 0);
    }
    AllocFailure(const AllocFailure &) = delete;
    AllocFailure &operator=(const AllocFailure &) = delete;
};

#endif
