// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/io/tcp_helpers.h"

// Workers block every signal. Here a user's library has unblocked one in each
// thread, and it comes to each every millisecond, with a handler that restarts
// no call, while connections and timers run. All results are exact.

namespace
{

enum { WORKERS = 2, THREADS = WORKERS + 1, SIGNALS = 50 };

// Of one thread: its own signals and what sends them.
struct Storm {
    std::atomic<int> signals;
    timer_t timer;
};
Storm storms[THREADS];
thread_local Storm *mine;

void on_signal(int)
{
    if (mine)
        mine->signals++;
}

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

// For the calling thread.
void begin_storm(Storm *s)
{
    struct sigevent to_this_thread = {};
    struct itimerspec every_ms = {{0, 1000000}, {0, 1000000}};
    sigset_t set;
    mine = s;
    to_this_thread.sigev_notify = SIGEV_THREAD_ID;
    to_this_thread.sigev_signo = SIGUSR1;
    to_this_thread.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EXPECT_EQ(pthread_sigmask(SIG_UNBLOCK, &set, nullptr), 0);
    EXPECT_EQ(timer_create(CLOCK_MONOTONIC, &to_this_thread, &s->timer), 0);
    EXPECT_EQ(timer_settime(s->timer, 0, &every_ms, nullptr), 0);
}

bool is_over()
{
    for (Storm &s : storms)
        if (s.signals < SIGNALS)
            return false;
    return true;
}

// Lets no thread through before all are here, so each is a worker of its own.
struct Meeting {
    std::mutex lock;
    std::condition_variable changed;
    int here = 0;

    int meet()
    {
        std::unique_lock<std::mutex> guard(lock);
        int place = here++;
        changed.notify_all();
        changed.wait(guard, [this] { return here >= WORKERS; });
        return place;
    }
};

ASYNC_FN(void, begin_on_worker, ((Meeting *, m)))
{
    ASYNC_BEGIN(begin_on_worker);
    begin_storm(&storms[1 + self->m->meet()]);
    ASYNC_END;
}

enum { BYTES = 1 << 18 };

// What comes in goes back, to the end.
ASYNC_FN(size_t, echo, ((nr_stream *, s)), char buf[3000]; size_t done;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        EXPECT_GE(self->n, 0) << nr_strerror((int)self->n);
        if (self->n <= 0)
            break;
        AWAIT(self->err,
              nr_stream_write_all(self->s, self->buf, (size_t)self->n));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        self->done += (size_t)self->n;
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(void, send_pattern, ((nr_stream *, s)), char buf[2000]; int err;
         size_t done;)
{
    ASYNC_BEGIN(send_pattern);
    while (self->done < BYTES) {
        for (size_t i = 0; i < sizeof self->buf; i++)
            self->buf[i] = pattern(self->done + i);
        AWAIT(self->err,
              nr_stream_write_all(self->s, self->buf, sizeof self->buf));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        self->done += sizeof self->buf;
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(size_t, check_pattern, ((nr_stream *, s)), char buf[5000];
         size_t done, wrong; ptrdiff_t n;)
{
    ASYNC_BEGIN(check_pattern);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        EXPECT_GE(self->n, 0) << nr_strerror((int)self->n);
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->wrong += self->buf[i] != pattern(self->done++);
    } while (self->n > 0);
    EXPECT_EQ(self->wrong, 0u);
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(int, sleep_often, (), uint64_t began_ns; int i;)
{
    ASYNC_BEGIN(sleep_often);
    self->began_ns = nr_now_ns();
    for (self->i = 0; self->i < 10; self->i++)
        AWAIT(nr_sleep_ms(1));
    EXPECT_GE(nr_now_ns() - self->began_ns, 10000000u);
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

ASYNC_FN(void, one_round, (), pair p; size_t back, there; int naps, more;)
{
    ASYNC_BEGIN(one_round);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(ALL(
        INTO(&self->there, echo(self->p.server)), send_pattern(self->p.client),
        INTO(&self->back, check_pattern(self->p.client)),
        INTO(&self->naps, sleep_often()), INTO(&self->more, sleep_often())));
    EXPECT_GE(self->there, (size_t)BYTES);
    EXPECT_EQ(self->back, self->there);
    EXPECT_EQ(self->naps + self->more, 20);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

ASYNC_FN(void, many_rounds, (), JOIN_HANDLE(one_round) h[4]; int i;)
{
    ASYNC_BEGIN(many_rounds);
    while (!is_over()) {
        for (self->i = 0; self->i < 4; self->i++)
            self->h[self->i] = SPAWN(one_round());
        for (self->i = 0; self->i < 4; self->i++)
            AWAIT(JOIN(self->h[self->i]));
    }
    ASYNC_END;
}

TEST(TcpSignals, SignalsOnEveryThreadChangeNothing)
{
    struct sigaction action = {}, before;
    int fds = count_fds();
    action.sa_handler = on_signal; // without SA_RESTART
    ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
    begin_storm(&storms[0]);
    {
        Runtime rt(WORKERS);
        Meeting m;
        nr_handle *h = nr_runtime_handle(rt);
        JOIN_HANDLE(begin_on_worker) a = SPAWN_ON(h, begin_on_worker(&m));
        JOIN_HANDLE(begin_on_worker) b = SPAWN_ON(h, begin_on_worker(&m));
        BLOCK_ON(rt, JOIN(a));
        BLOCK_ON(rt, JOIN(b));
        BLOCK_ON(rt, many_rounds());
        for (Storm &s : storms)
            EXPECT_EQ(timer_delete(s.timer), 0);
        nr_handle_release(h);
    }
    EXPECT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
    EXPECT_EQ(count_fds(), fds);
}

} // namespace
