/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

/* Passing descriptors: unix(7) and cmsg(3). */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nanorun/sys/posix/errno.h"
#include "nanorun/sys/posix/fd.h"
#include "nanorun/sys/unix.h"

/* Older headers lack it. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

/* Room for what comes beside the descriptors on a socket with SO_PASSCRED or
 * SO_PASSPIDFD, which the program may have set or an adopted socket may have
 * had: without it, that would take the room of descriptors. */
enum {
    PASS_BESIDE_SIZE =
        CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))
};

typedef union pass_control {
    struct cmsghdr align;
    char
        bytes[PASS_BESIDE_SIZE + CMSG_SPACE(NR_SYS_UNIX_FDS_MAX * sizeof(int))];
} pass_control;

static int pass_from_errno(int error)
{
    return error == ETOOMANYREFS ? -EMFILE : nr_sys_from_errno(error);
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

/* Takes the descriptors out of a message, `room` at most, and closes the rest
 * and the one that stands for the sender's process. Returns how many. */
static int pass_take(struct msghdr *message, int *fds, int room)
{
    int taken = 0;

    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
         head = CMSG_NXTHDR(message, head)) {
        size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (head->cmsg_level != SOL_SOCKET ||
            (head->cmsg_type != SCM_RIGHTS && head->cmsg_type != SCM_PIDFD))
            continue;
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (fd < 0) /* an error in place of a process */
                continue;
            if (taken == room || head->cmsg_type == SCM_PIDFD)
                close(fd);
            else if ((fd = nr_sys_fd_above_stdio(fd)) >= 0)
                fds[taken++] = fd;
        }
    }
    return taken;
}

/* Descriptors for which the caller has no room may arrive where room was left
 * for other messages, and in the padding behind an odd number. pass_take closes
 * them; the kernel closes those that do not arrive. */
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
            room > 0 ? PASS_BESIDE_SIZE + CMSG_SPACE((size_t)room * sizeof *fds)
                     : 0;
        count = recvmsg((int)s, &message, MSG_CMSG_CLOEXEC);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return pass_from_errno(errno);
    *nfds = room > 0 ? pass_take(&message, fds, room) : 0;
    return count;
}
