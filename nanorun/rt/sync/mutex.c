/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/mutex.h"

#include "nanorun/rt/sync/semaphore_give.h"
#include "nanorun/rt/sync/waitlist.h"
#include "nanorun/sys/die.h"

void nr_mutex_init(nr_mutex *m)
{
    nr_semaphore_init(&m->semaphore_, 1);
}

void nr_mutex_deinit_at_(nr_mutex *m, const char *place)
{
    nr_waiters_end(&m->semaphore_.waiters_, m->semaphore_.permits_ == 0,
                   "nr_mutex_deinit of a mutex that is locked", place);
}

void(nr_mutex_deinit)(nr_mutex *m)
{
    nr_mutex_deinit_at_(m, NULL);
}

nr_mutex_lock_future *nr_mutex_lock(nr_mutex *m)
{
    return nr_semaphore_acquire(&m->semaphore_, 1);
}

int nr_mutex_try_lock(nr_mutex *m)
{
    return nr_semaphore_try_acquire(&m->semaphore_, 1);
}

void nr_mutex_unlock_at_(nr_mutex *m, const char *place)
{
    nr_semaphore *s = &m->semaphore_;
    nr_waiters_lock(&s->waiters_);
    /* A permit that the unlock passes on is never free, so a free one means
     * that the mutex is not locked. */
    if (s->permits_ != 0)
        nr_sys_die("nr_mutex_unlock of a mutex that is not locked", place);
    nr_semaphore_give(s, 1, place);
}

void(nr_mutex_unlock)(nr_mutex *m)
{
    nr_mutex_unlock_at_(m, NULL);
}
