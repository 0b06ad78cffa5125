/* SPDX-License-Identifier: MIT */

/*
 * An epoll instance of its own for each wait, which contains the foreign
 * descriptor and nothing else, and which the poller watches. epoll(7) knows a
 * descriptor by its number and its open file. If the owner has closed it, no
 * one can remove it from a set by its number, which may be another's by then;
 * but while a duplicate of it is open, the set still reports it. Closing the
 * instance ends that in any case.
 *
 * Rejected: a duplicate of the descriptor in the poller's set. It would keep a
 * connection open after its owner has closed it.
 */

#define _GNU_SOURCE

#include "nanorun/sys/foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/fd.h"

struct nr_sys_foreign {
    nr_sys_poller *poller;
    int epoll_fd;
    int fd;
};

static uint32_t foreign_to_epoll(uint32_t want)
{
    uint32_t events = EPOLLONESHOT;

    if (want & NR_SYS_FOREIGN_READ)
        events |= EPOLLIN;
    if (want & NR_SYS_FOREIGN_WRITE)
        events |= EPOLLOUT;
    if (want & NR_SYS_FOREIGN_PRIORITY)
        events |= EPOLLPRI;
    return events;
}

static int foreign_from_epoll(uint32_t events)
{
    int ready = 0;

    if (events & EPOLLIN)
        ready |= NR_SYS_FOREIGN_READ;
    if (events & EPOLLOUT)
        ready |= NR_SYS_FOREIGN_WRITE;
    if (events & EPOLLPRI)
        ready |= NR_SYS_FOREIGN_PRIORITY;
    if (events & EPOLLERR)
        ready |= NR_SYS_FOREIGN_ERROR;
    if (events & EPOLLHUP)
        ready |= NR_SYS_FOREIGN_HANGUP;
    return ready;
}

int nr_sys_foreign_probe(nr_sys_socket fd)
{
    return fcntl((int)fd, F_GETFD) < 0 ? -EBADF : 0;
}

/* Adds the descriptor before the poller watches the instance: a set that
 * nobody watches yet is added to without the kernel's lock on all of them. */
static int foreign_watch(nr_sys_foreign *f, void *token)
{
    struct epoll_event e = {.events = EPOLLONESHOT};

    if (epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, f->fd, &e) != 0)
        return errno == ENOSPC ? -ENOMEM : -errno;
    return nr_sys_poller_add(f->poller, f->epoll_fd, token);
}

int nr_sys_foreign_open(nr_sys_poller *p, nr_sys_socket fd, void *token,
                        nr_sys_foreign **out)
{
    nr_sys_foreign *f = nr_sys_alloc(sizeof *f);
    int error;

    if (!f)
        return -ENOMEM;
    f->poller = p;
    f->fd = (int)fd;
    f->epoll_fd = nr_sys_fd_above_stdio(epoll_create1(EPOLL_CLOEXEC));
    if (f->epoll_fd < 0) {
        error = -errno;
        goto free_memory;
    }
    error = foreign_watch(f, token);
    if (error != 0)
        goto close_epoll;
    *out = f;
    return 0;

close_epoll:
    close(f->epoll_fd);
free_memory:
    nr_sys_free(f);
    return error;
}

void nr_sys_foreign_close(nr_sys_foreign *f)
{
    nr_sys_poller_remove(f->poller, f->epoll_fd);
    close(f->epoll_fd);
    nr_sys_free(f);
}

int nr_sys_foreign_arm(nr_sys_foreign *f, uint32_t want)
{
    struct epoll_event e = {.events = foreign_to_epoll(want)};

    if (epoll_ctl(f->epoll_fd, EPOLL_CTL_MOD, f->fd, &e) == 0)
        return 0;
    /* ENOENT: the number is another descriptor's now. */
    return errno == ENOENT ? -EBADF : -errno;
}

int nr_sys_foreign_check(nr_sys_foreign *f)
{
    struct epoll_event e;
    int count = epoll_wait(f->epoll_fd, &e, 1, 0);

    if (count < 0 && errno != EINTR)
        nr_sys_die("the system refused to look at a descriptor", "epoll_wait");
    return count > 0 ? foreign_from_epoll(e.events) : 0;
}
