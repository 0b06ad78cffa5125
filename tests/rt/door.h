// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_RT_DOOR_H
#define NANORUN_TESTS_RT_DOOR_H

#include <stddef.h>

#include <gtest/gtest.h>

#include "nanorun/sys/thread.h"

// Where jobs wait until the test lets them go on, and what became of them.
class Door
{
  public:
    Door()
    {
        EXPECT_EQ(nr_sys_mutex_init(&lock_), 0);
        EXPECT_EQ(nr_sys_cond_init(&changed_), 0);
    }
    ~Door()
    {
        nr_sys_cond_deinit(&changed_);
        nr_sys_mutex_deinit(&lock_);
    }
    Door(const Door &) = delete;
    Door &operator=(const Door &) = delete;

    void open()
    {
        change([this] { is_open_ = true; });
    }
    // Blocks the calling thread until so many jobs have begun.
    void await_begun(int count)
    {
        nr_sys_mutex_lock(&lock_);
        while (begun_ < count)
            nr_sys_cond_wait(&changed_, &lock_);
        nr_sys_mutex_unlock(&lock_);
    }
    int begun()
    {
        return get(&begun_);
    }
    int ended()
    {
        return get(&ended_);
    }
    int dropped()
    {
        return get(&dropped_);
    }

    static ptrdiff_t pass(void *door)
    {
        Door *d = (Door *)door;
        d->change([d] { d->begun_++; });
        nr_sys_mutex_lock(&d->lock_);
        while (!d->is_open_)
            nr_sys_cond_wait(&d->changed_, &d->lock_);
        nr_sys_mutex_unlock(&d->lock_);
        d->change([d] { d->ended_++; });
        return 7;
    }
    static void drop(void *door)
    {
        Door *d = (Door *)door;
        d->change([d] { d->dropped_++; });
    }

  private:
    template <typename Act> void change(Act act)
    {
        nr_sys_mutex_lock(&lock_);
        act();
        nr_sys_cond_broadcast(&changed_);
        nr_sys_mutex_unlock(&lock_);
    }
    int get(const int *from)
    {
        nr_sys_mutex_lock(&lock_);
        int value = *from;
        nr_sys_mutex_unlock(&lock_);
        return value;
    }

    nr_sys_mutex lock_;
    nr_sys_cond changed_;
    bool is_open_ = false;
    int begun_ = 0, ended_ = 0, dropped_ = 0;
};

#endif
