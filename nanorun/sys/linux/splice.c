/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "nanorun/sys/linux/sigpipe.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/fd.h"

/* splice(2) moves pages between a pipe and a socket or another pipe. */
struct nr_sys_splice {
    int ends[2]; /* of a pipe; it reads from the first */
};

/* Four times the size that pipes have by default, which takes less than half
 * the processor time. The system grants that much to 256 pipes of a user. */
enum { SPLICE_SIZE = 1 << 18 };

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

int nr_sys_splice_open(nr_sys_socket from, nr_sys_splice **out)
{
    nr_sys_splice *p;
    int waiting, error;

    if (ioctl((int)from, FIONREAD, &waiting) != 0 || waiting < SPLICE_WORTH)
        return -EAGAIN;
    p = nr_sys_alloc(sizeof *p);
    if (!p)
        return -ENOMEM;
    error = pipe2(p->ends, O_NONBLOCK | O_CLOEXEC) == 0 ? splice_move(p->ends)
                                                        : -errno;
    if (error != 0) {
        nr_sys_free(p);
        return error;
    }
    (void)fcntl(p->ends[0], F_SETPIPE_SZ, SPLICE_SIZE); /* else it is slower */
    *out = p;
    return 0;
}

void nr_sys_splice_close(nr_sys_splice *p)
{
    if (!p)
        return;
    close(p->ends[0]);
    close(p->ends[1]);
    nr_sys_free(p);
}

ptrdiff_t nr_sys_splice_in(nr_sys_splice *p, nr_sys_socket from)
{
    ssize_t count;

    do {
        count = splice((int)from, NULL, p->ends[1], NULL, SPLICE_SIZE,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

ptrdiff_t nr_sys_splice_out(nr_sys_splice *p, nr_sys_socket to, size_t len)
{
    sigset_t before;
    ssize_t count;
    int error;

    nr_sigpipe_hold(&before);
    do {
        count = splice(p->ends[0], NULL, (int)to, NULL, len,
                       SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    } while (count < 0 && errno == EINTR);
    error = errno;
    nr_sigpipe_release(&before, count < 0 && error == EPIPE);
    return count < 0 ? -error : count;
}
