/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/linux/sigpipe.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/fd.h"

/* splice(2) moves pages between a pipe and a socket or another pipe. */
struct nr_sys_splice {
    int ends[2]; /* of a pipe; it reads from the first */
};

/* Four times the size that pipes have by default, which takes less than half
 * the processor time. Linux grants a user 256 pipes of this size
 * (pipe-user-pages-soft). Beyond that every new pipe of the user has 8 KiB, so
 * a process has no more than half of them at a time. */
enum { SPLICE_SIZE = 1 << 18, SPLICE_COUNT_MAX = 128 };

/* A smaller pipe is slower than a copy. */
enum { SPLICE_SIZE_MIN = 1 << 16 };

/* What pays for opening and closing the pipe. */
enum { SPLICE_WORTH = 1 << 15 };

/* Neither end may become one of the descriptors 0 to 2. */
static int splice_move(int ends[2])
{
    int error;

    ends[0] = nr_sys_fd_above_stdio(ends[0]);
    error = ends[0] < 0 ? errno : 0;
    ends[1] = nr_sys_fd_above_stdio(ends[1]);
    error = ends[1] < 0 ? errno : error;
    if (error == 0)
        return 0;
    if (ends[0] >= 0)
        close(ends[0]);
    if (ends[1] >= 0)
        close(ends[1]);
    return -error;
}

/* How many there are in the process. Relaxed: nothing else depends on it. */
static nr_atomic_u32 splice_count;

/* Whether it pays, and the system can do it: it cannot append. */
static bool splice_is_worth_it(int from, int to)
{
    int waiting, flags;

    if (ioctl(from, FIONREAD, &waiting) != 0 || waiting < SPLICE_WORTH)
        return false;
    flags = fcntl(to, F_GETFL);
    return flags >= 0 && !(flags & O_APPEND);
}

/* Opens the pipe. */
static int splice_open_pipe(int ends[2])
{
    int size, error;

    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return -errno;
    error = splice_move(ends);
    if (error != 0)
        return error;
    size = fcntl(ends[0], F_SETPIPE_SZ, SPLICE_SIZE);
    if (size < 0)
        size = fcntl(ends[0], F_GETPIPE_SZ);
    if (size >= SPLICE_SIZE_MIN)
        return 0;
    close(ends[0]);
    close(ends[1]);
    return -EAGAIN;
}

int nr_sys_splice_open(nr_sys_socket from, nr_sys_socket to,
                       nr_sys_splice **out)
{
    nr_sys_splice *p;
    int error = -EAGAIN;

    if (!splice_is_worth_it((int)from, (int)to))
        return -EAGAIN;
    if (nr_fetch_add_u32_relaxed(&splice_count, 1) >= SPLICE_COUNT_MAX)
        goto uncount;
    error = -ENOMEM;
    p = nr_sys_alloc(sizeof *p);
    if (!p)
        goto uncount;
    error = splice_open_pipe(p->ends);
    if (error != 0)
        goto free_splice;
    *out = p;
    return 0;

free_splice:
    nr_sys_free(p);
uncount:
    nr_fetch_sub_u32_relaxed(&splice_count, 1);
    return error;
}

void nr_sys_splice_close(nr_sys_splice *p)
{
    if (!p)
        return;
    close(p->ends[0]);
    close(p->ends[1]);
    nr_sys_free(p);
    nr_fetch_sub_u32_relaxed(&splice_count, 1);
}

ptrdiff_t nr_sys_splice_in(nr_sys_splice *p, nr_sys_socket from)
{
    ssize_t count;

    do {
        count = splice((int)from, NULL, p->ends[1], NULL, SPLICE_SIZE,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (count < 0 && errno == EINTR);
    if (count >= 0)
        return count;
    /* A filter of system calls may refuse it. */
    return errno == EPERM || errno == ENOSYS ? -EINVAL : -errno;
}

/* Part of the bytes may be sent, and then the signal be raised for the rest.
 * EBADF: the pipe was hung up (pipe.c). */
ptrdiff_t nr_sys_splice_out(nr_sys_splice *p, nr_sys_socket to, size_t len)
{
    nr_sigpipe held;
    ssize_t count;
    int error;

    nr_sigpipe_hold(&held);
    do {
        count = splice(p->ends[0], NULL, (int)to, NULL, len,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (count < 0 && errno == EINTR);
    error = errno;
    nr_sigpipe_release(&held, true);
    if (count >= 0)
        return count;
    return error == EBADF ? -EPIPE : -error;
}
