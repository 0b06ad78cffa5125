// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SUPPORT_TEST_THREAD_H
#define NANORUN_TESTS_SUPPORT_TEST_THREAD_H

// The threads and locks of nanorun/sys with the faces of the standard's, so
// that a test that uses them also runs as a simulation (nanorun/rt/sim.h).

#include <errno.h>
#include <string.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <gtest/gtest.h>

#include "nanorun/sys/thread.h"

class Thread
{
  public:
    explicit Thread(std::function<void()> run)
        : run_(new std::function<void()>(std::move(run)))
    {
        int error = nr_sys_thread_create(&thread_, 0, enter, run_.get());
        EXPECT_EQ(error, 0) << strerror(-error);
    }
    Thread(Thread &&) = default; // what runs has its place on the heap
    void join()
    {
        nr_sys_thread_join(&thread_);
    }

  private:
    static void enter(void *run)
    {
        (*static_cast<std::function<void()> *>(run))();
    }

    std::unique_ptr<std::function<void()>> run_;
    nr_sys_thread thread_ = {};
};

class Mutex
{
  public:
    Mutex()
    {
        EXPECT_EQ(nr_sys_mutex_init(&mutex_), 0);
    }
    ~Mutex()
    {
        nr_sys_mutex_deinit(&mutex_);
    }
    Mutex(const Mutex &) = delete;
    Mutex &operator=(const Mutex &) = delete;
    void lock()
    {
        nr_sys_mutex_lock(&mutex_);
    }
    void unlock()
    {
        nr_sys_mutex_unlock(&mutex_);
    }
    nr_sys_mutex *native()
    {
        return &mutex_;
    }

  private:
    nr_sys_mutex mutex_;
};

class Condition
{
  public:
    Condition()
    {
        EXPECT_EQ(nr_sys_cond_init(&cond_), 0);
    }
    ~Condition()
    {
        nr_sys_cond_deinit(&cond_);
    }
    Condition(const Condition &) = delete;
    Condition &operator=(const Condition &) = delete;
    void notify_all()
    {
        nr_sys_cond_broadcast(&cond_);
    }
    nr_sys_cond *native()
    {
        return &cond_;
    }
    template <typename Predicate>
    void wait(std::unique_lock<Mutex> &guard, Predicate is_true)
    {
        while (!is_true())
            nr_sys_cond_wait(&cond_, guard.mutex()->native());
    }

  private:
    nr_sys_cond cond_;
};

#endif
