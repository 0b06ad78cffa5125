/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

/* Passing descriptors: unix(7) and cmsg(3). */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nanorun/sys/posix/fd.h"
#include "nanorun/sys/unix.h"

typedef union pass_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(NR_SYS_UNIX_FDS_MAX * sizeof(int))];
} pass_control;

static int pass_from_errno(int error)
{
    switch (error) {
    case ENOBUFS:
        return -ENOMEM;
    case ETOOMANYREFS:
        return -EMFILE;
    default:
        return -error;
    }
}

ptrdiff_t nr_sys_unix_send(nr_sys_socket s, const void *buf, size_t len,
                           const int *fds, int nfds)
{
    struct iovec piece = {.iov_base = (void *)buf, .iov_len = len};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    size_t fds_size = (size_t)nfds * sizeof *fds;
    pass_control control;
    struct cmsghdr *head;
    ssize_t count;

    if (nfds > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fds_size);
        memset(control.bytes, 0, message.msg_controllen);
        head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(fds_size);
        memcpy(CMSG_DATA(head), fds, fds_size);
    }
    do {
        count = sendmsg((int)s, &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? pass_from_errno(errno) : count;
}

/* Takes the descriptors out of a message, `room` at most, and closes the rest.
 * Returns how many. */
static int pass_take(struct msghdr *message, int *fds, int room)
{
    int taken = 0;

    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
         head = CMSG_NXTHDR(message, head)) {
        size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (taken == room)
                close(fd);
            else if ((fd = nr_sys_fd_above_stdio(fd)) >= 0)
                fds[taken++] = fd;
        }
    }
    return taken;
}

/* The kernel is told of exactly as much room as there is, and closes what has
 * none by itself. CMSG_SPACE would count the padding behind an odd number of
 * descriptors, and the kernel would put one more there. */
ptrdiff_t nr_sys_unix_recv(nr_sys_socket s, void *buf, size_t len, int *fds,
                           int *nfds)
{
    int room = *nfds < NR_SYS_UNIX_FDS_MAX ? *nfds : NR_SYS_UNIX_FDS_MAX;
    struct iovec piece = {.iov_base = buf, .iov_len = len};
    pass_control control;
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t count;

    do {
        message.msg_control = room > 0 ? control.bytes : NULL;
        message.msg_controllen =
            room > 0 ? CMSG_LEN((size_t)room * sizeof *fds) : 0;
        count = recvmsg((int)s, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return pass_from_errno(errno);
    *nfds = room > 0 ? pass_take(&message, fds, room) : 0;
    return count;
}
