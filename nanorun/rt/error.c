/* SPDX-License-Identifier: MIT */

#include "nanorun/async/error.h"

#include <errno.h>

/* EWOULDBLOCK is not listed: nanorun returns EAGAIN, which is the same number
 * on most systems. */
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
