/* SPDX-License-Identifier: MIT */

/*
 * Names of errors, the place of a frame, and the stop of a lost resume point.
 */

#include <errno.h>
#include <stdio.h>

#include "nanorun/async/runtime.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/sys/die.h"

/* EAGAIN stands for EWOULDBLOCK where they differ. */
/* clang-format off */
#define NR_ERRORS(X)                                                          \
    X(EACCES) X(EADDRINUSE) X(EADDRNOTAVAIL) X(EAFNOSUPPORT) X(EAGAIN)        \
    X(EALREADY) X(EBADF) X(EBUSY) X(ECANCELED) X(ECONNABORTED)                \
    X(ECONNREFUSED) X(ECONNRESET) X(EDEADLK) X(EDESTADDRREQ) X(EEXIST)        \
    X(EFAULT) X(EFBIG) X(EHOSTUNREACH) X(EINPROGRESS) X(EINTR) X(EINVAL)      \
    X(EIO) X(EISCONN) X(EISDIR) X(ELOOP) X(EMFILE) X(EMSGSIZE)                \
    X(ENAMETOOLONG) X(ENETDOWN) X(ENETRESET) X(ENETUNREACH) X(ENFILE)         \
    X(ENOBUFS) X(ENODEV) X(ENOENT) X(ENOMEM) X(ENOPROTOOPT) X(ENOSPC)         \
    X(ENOSYS) X(ENOTCONN) X(ENOTDIR) X(ENOTEMPTY) X(ENOTSOCK) X(EOPNOTSUPP)   \
    X(EOVERFLOW) X(EPERM) X(EPIPE) X(EPROTO)                                  \
    X(EPROTONOSUPPORT) X(EPROTOTYPE) X(ERANGE) X(EROFS) X(ETIMEDOUT) X(EXDEV)
/* clang-format on */

const char *nr_strerror(int error)
{
    switch (error < 0 ? -(unsigned)error : (unsigned)error) {
    case 0:
        return "OK";
#define NR_ERROR_NAME_(name) \
    case name:               \
        return #name;
        NR_ERRORS(NR_ERROR_NAME_)
#undef NR_ERROR_NAME_
#ifdef ENODATA /* not on the BSDs */
    case ENODATA:
        return "ENODATA";
#endif
    default:
        return "unknown error";
    }
}

const char *nr_frame_place(const nr_future *frame, char *buf)
{
    snprintf(buf, NR_PLACE_SIZE, "%s:%u%s", frame->ops->file,
             (unsigned)frame->line, frame->line < NR_LINE_MAX_ ? "" : "+");
    return buf;
}

void nr_lost_resume_point_(const nr_future *future)
{
    char buf[NR_PLACE_SIZE];
    nr_sys_die("an AWAIT inside a switch needs computed goto",
               nr_frame_place(future, buf));
}
