/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_ONE_WORKER_H
#define TESTS_SUPPORT_ONE_WORKER_H

/*
 * A fixture: a runtime with one worker, so that tasks run one after the other.
 * At the end it checks that every block of the library was freed.
 */

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/sys/memory.h"
#include "tests/support/journal.h"
#include "tests/support/runtime.h"

class OneWorker : public testing::Test
{
  protected:
    OneWorker()
    {
        create();
        journal_clear();
    }

    ~OneWorker() override
    {
        destroy();
        nr_handle_release(handle);
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }

    void create()
    {
        rt = runtime_of(1);
        nr_handle_release(handle);
        handle = nr_runtime_handle(rt);
    }

    void destroy()
    {
        nr_runtime_destroy(rt);
        rt = nullptr;
    }

    uint64_t live_before = nr_sys_alloc_live();
    nr_runtime *rt = nullptr;
    nr_handle *handle = nullptr;
};

#endif
