/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/poller.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/fd.h"

/*
 * epoll(7), edge-triggered. A wake writes to an eventfd(2) in the same set,
 * whose token is the poller itself. The eventfd is edge-triggered, too, and
 * never read: each write is a new edge, several writes before a wait are one
 * event, and its 64-bit count does not overflow in practice.
 */
struct nr_sys_poller {
    int epoll_fd;
    int wake_fd;
    bool has_pwait2; /* written at create only */
    /* Makes writes before an add or a wake visible after the wait, in a way
     * that C11 and the sanitizers know. */
    nr_atomic_u32 releases; /* by add and wake, acquired by wait */
};

/* The kernel's own, of 64 bits on every processor. */
typedef struct poller_timespec {
    int64_t tv_sec;
    int64_t tv_nsec;
} poller_timespec;

/* The number is the same on every processor; old headers lack it. */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/* A direct call, as C libraries have had no function for it before 2021. */
static int poller_pwait2(int epoll_fd, struct epoll_event *events,
                         int events_max, uint64_t timeout_ns)
{
    poller_timespec t = {.tv_sec = (int64_t)(timeout_ns / 1000000000u),
                         .tv_nsec = (int64_t)(timeout_ns % 1000000000u)};

    return (int)syscall(SYS_epoll_pwait2, epoll_fd, events, events_max, &t,
                        NULL, (size_t)0);
}

/* Rounded up, so that no wait ends before its time and spins towards it. */
static int poller_to_ms(uint64_t timeout_ns)
{
    uint64_t ms = timeout_ns / 1000000u + (timeout_ns % 1000000u != 0);

    if (timeout_ns == UINT64_MAX)
        return -1;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* A direct system call, too, unless a tool has to see it: socket_transfer.c. */
static int poller_wait_ms(int epoll_fd, struct epoll_event *events,
                          int events_max, int timeout_ms)
{
#if NR_SYS_MEMORY_CHECKED
    return epoll_wait(epoll_fd, events, events_max, timeout_ms);
#else
    return (int)syscall(SYS_epoll_pwait, epoll_fd, events, events_max,
                        timeout_ms, NULL, (size_t)0);
#endif
}

/* 0 and no bound are whole milliseconds, and do not need the finer call. */
static int poller_wait_raw(nr_sys_poller *p, struct epoll_event *events,
                           int events_max, uint64_t timeout_ns)
{
    if (p->has_pwait2 && timeout_ns != 0 && timeout_ns != UINT64_MAX)
        return poller_pwait2(p->epoll_fd, events, events_max, timeout_ns);
    return poller_wait_ms(p->epoll_fd, events, events_max,
                          poller_to_ms(timeout_ns));
}

static uint32_t poller_to_ready(uint32_t events)
{
    const uint32_t not_bytes =
        EPOLLRDHUP | EPOLLERR | EPOLLHUP | EPOLLPRI | EPOLLRDNORM;
    uint32_t ready = 0;

    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP))
        ready |= NR_SYS_READABLE;
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
        ready |= NR_SYS_WRITABLE;
    /* epoll(7), questions and answers, 9. A read stops at urgent data. Only
     * what was added with short reads has EPOLLRDNORM. */
    if ((events & (EPOLLIN | not_bytes)) == EPOLLIN)
        ready |= NR_SYS_BYTES_ONLY;
    return ready;
}

static int poller_add(int epoll_fd, int fd, struct epoll_event *e)
{
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, e) == 0)
        return 0;
    /* ENOSPC is a limit on watches: kernel memory, too. */
    return errno == ENOSPC ? -ENOMEM : -errno;
}

int nr_sys_poller_create(nr_sys_poller **out)
{
    nr_sys_poller *p = nr_sys_alloc(sizeof *p);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET, .data.ptr = p};
    int error;

    if (!p)
        return -ENOMEM;
    p->epoll_fd = nr_sys_fd_above_stdio(epoll_create1(EPOLL_CLOEXEC));
    if (p->epoll_fd < 0) {
        error = -errno;
        goto free_poller;
    }
    p->wake_fd = nr_sys_fd_above_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (p->wake_fd < 0) {
        error = -errno;
        goto close_epoll;
    }
    error = poller_add(p->epoll_fd, p->wake_fd, &e);
    if (error != 0)
        goto close_wake;
    /* Any error means that there is none: filters of containers answer EPERM,
     * not ENOSYS. */
    p->has_pwait2 = poller_pwait2(p->epoll_fd, &e, 1, 0) == 0;
    p->releases.value = 0;
    *out = p;
    return 0;

close_wake:
    close(p->wake_fd);
close_epoll:
    close(p->epoll_fd);
free_poller:
    nr_sys_free(p);
    return error;
}

void nr_sys_poller_destroy(nr_sys_poller *p)
{
    if (!p)
        return;
    close(p->wake_fd);
    close(p->epoll_fd);
    nr_sys_free(p);
}

static int poller_add_for(nr_sys_poller *p, nr_sys_socket s, void *token,
                          uint32_t more_events)
{
    struct epoll_event e = {.data.ptr = token};

    e.events =
        EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET | more_events;
    /* Pairs with the acquire in nr_sys_poller_wait. */
    nr_fetch_add_u32_release(&p->releases, 1);
    return poller_add(p->epoll_fd, (int)s, &e);
}

int nr_sys_poller_add(nr_sys_poller *p, nr_sys_socket s, void *token)
{
    return poller_add_for(p, s, token, 0);
}

/* Whenever the kernel reports EPOLLIN, it reports EPOLLRDNORM to those who
 * want it, too. */
int nr_sys_poller_add_short_reads(nr_sys_poller *p, nr_sys_socket s,
                                  void *token)
{
    return poller_add_for(p, s, token, EPOLLRDNORM);
}

void nr_sys_poller_rearm(nr_sys_poller *p, nr_sys_socket s, void *token,
                         uint32_t want)
{
    /* A call that would have blocked has armed the next edge by itself. */
    (void)p;
    (void)s;
    (void)token;
    (void)want;
}

void nr_sys_poller_remove(nr_sys_poller *p, nr_sys_socket s)
{
    /* Kernels before 2.6.9 wanted an event here, ours need none. */
    if (epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, (int)s, NULL) != 0)
        nr_sys_die("removed a socket that the poller does not watch",
                   "nr_sys_poller_remove");
}

int nr_sys_poller_wait(nr_sys_poller *p, nr_sys_event *events, int events_max,
                       uint64_t timeout_ns)
{
    struct epoll_event raw[NR_SYS_EVENTS_MAX];
    int taken, count = 0;

    if (events_max > NR_SYS_EVENTS_MAX)
        events_max = NR_SYS_EVENTS_MAX;
    taken = poller_wait_raw(p, raw, events_max, timeout_ns);
    if (taken < 0 && errno != EINTR)
        nr_sys_die("the system refused to wait for events", "epoll_wait");
    /* Pairs with the releases in nr_sys_poller_add and nr_sys_poller_wake. */
    (void)nr_load_u32_acquire(&p->releases);
    for (int i = 0; i < taken; i++) {
        if (raw[i].data.ptr == p)
            continue; /* a wake: to have returned is all it asks for */
        events[count].token = raw[i].data.ptr;
        events[count].ready = poller_to_ready(raw[i].events);
        count++;
    }
    return count;
}

void nr_sys_poller_wake(nr_sys_poller *p)
{
    static const uint64_t one = 1;

    /* Pairs with the acquire in nr_sys_poller_wait. */
    nr_fetch_add_u32_release(&p->releases, 1);
    if (write(p->wake_fd, &one, sizeof one) != (ssize_t)sizeof one)
        nr_sys_die("the system refused to wake a poller", "eventfd");
}
