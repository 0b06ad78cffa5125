/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/posix/errno.h"
#include "nanorun/sys/socket.h"

/*
 * recv and send of the C library are cancellation points of pthread_cancel(3),
 * which costs four locked operations a request in a process with several
 * threads. So the system calls are made directly. Not under sanitizers, which
 * only know the functions, and not on processors whose kernels may lack the
 * calls.
 */
#if (defined(__x86_64__) || defined(__aarch64__)) && !NR_SYS_MEMORY_CHECKED
static ssize_t socket_receive(int fd, void *buf, size_t len)
{
    return syscall(SYS_recvfrom, fd, buf, len, 0, NULL, NULL);
}

static ssize_t socket_transmit(int fd, const void *buf, size_t len)
{
    return syscall(SYS_sendto, fd, buf, len, MSG_NOSIGNAL, NULL, (socklen_t)0);
}
#else
static ssize_t socket_receive(int fd, void *buf, size_t len)
{
    return recv(fd, buf, len, 0);
}

static ssize_t socket_transmit(int fd, const void *buf, size_t len)
{
    return send(fd, buf, len, MSG_NOSIGNAL);
}
#endif

ptrdiff_t nr_sys_socket_read(nr_sys_socket s, void *buf, size_t len)
{
    ssize_t count;

    do {
        count = socket_receive((int)s, buf, len);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? nr_sys_from_errno(errno) : count;
}

ptrdiff_t nr_sys_socket_write(nr_sys_socket s, const void *buf, size_t len)
{
    ssize_t count;

    do {
        count = socket_transmit((int)s, buf, len);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? nr_sys_from_errno(errno) : count;
}

_Static_assert(sizeof(nr_iovec) == sizeof(struct iovec) &&
                   offsetof(nr_iovec, base) == offsetof(struct iovec, iov_base),
               "a vector is the system's");

static struct msghdr socket_message(const nr_iovec *v, int n)
{
    struct msghdr message = {0};

    message.msg_iov = (struct iovec *)(void *)v;
    message.msg_iovlen = (size_t)n;
    return message;
}

ptrdiff_t nr_sys_socket_readv(nr_sys_socket s, const nr_iovec *v, int n)
{
    struct msghdr message = socket_message(v, n);
    ssize_t count;

    do {
        count = recvmsg((int)s, &message, 0);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? nr_sys_from_errno(errno) : count;
}

ptrdiff_t nr_sys_socket_writev(nr_sys_socket s, const nr_iovec *v, int n)
{
    struct msghdr message = socket_message(v, n);
    ssize_t count;

    do {
        count = sendmsg((int)s, &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? nr_sys_from_errno(errno) : count;
}
