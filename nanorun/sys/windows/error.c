/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/error.h"

#include <errno.h>

#include "nanorun/sys/windows/system.h"

/* ENOMEM stands for lack of memory in any pool, and ECONNRESET also for the
 * other errors that mean a disconnected peer. WSAESHUTDOWN is the EPIPE of a
 * write after a shutdown. */
/* clang-format off */
#define NR_WSA_ERRORS(X)                                                      \
    X(WSAEINTR, EINTR)                      X(WSAEBADF, EBADF)                \
    X(WSAEACCES, EACCES)                    X(WSAEFAULT, EFAULT)              \
    X(WSAEINVAL, EINVAL)                    X(WSAEMFILE, EMFILE)              \
    X(WSAEWOULDBLOCK, EAGAIN)               X(WSAEINPROGRESS, EINPROGRESS)    \
    X(WSAEALREADY, EALREADY)                X(WSAENOTSOCK, ENOTSOCK)          \
    X(WSAEDESTADDRREQ, EDESTADDRREQ)        X(WSAEMSGSIZE, EMSGSIZE)          \
    X(WSAEPROTOTYPE, EPROTOTYPE)            X(WSAENOPROTOOPT, ENOPROTOOPT)    \
    X(WSAEPROTONOSUPPORT, EPROTONOSUPPORT)                                    \
    X(WSAESOCKTNOSUPPORT, EPROTONOSUPPORT)                                    \
    X(WSAEOPNOTSUPP, EOPNOTSUPP)            X(WSAEPFNOSUPPORT, EAFNOSUPPORT)  \
    X(WSAEAFNOSUPPORT, EAFNOSUPPORT)        X(WSAEADDRINUSE, EADDRINUSE)      \
    X(WSAEADDRNOTAVAIL, EADDRNOTAVAIL)      X(WSAENETDOWN, ENETDOWN)          \
    X(WSAENETUNREACH, ENETUNREACH)          X(WSAENETRESET, ENETRESET)        \
    X(WSAECONNABORTED, ECONNABORTED)        X(WSAECONNRESET, ECONNRESET)      \
    X(WSAENOBUFS, ENOMEM)                   X(WSAEISCONN, EISCONN)            \
    X(WSAENOTCONN, ENOTCONN)                X(WSAESHUTDOWN, EPIPE)            \
    X(WSAETIMEDOUT, ETIMEDOUT)              X(WSAECONNREFUSED, ECONNREFUSED)  \
    X(WSAELOOP, ELOOP)                      X(WSAENAMETOOLONG, ENAMETOOLONG)  \
    X(WSAEHOSTDOWN, EHOSTUNREACH)           X(WSAEHOSTUNREACH, EHOSTUNREACH)  \
    X(WSAENOTEMPTY, ENOTEMPTY)              X(WSAEDISCON, ECONNRESET)         \
    X(WSASYSNOTREADY, ENETDOWN)             X(WSAVERNOTSUPPORTED, ENOSYS)     \
    X(WSAEPROVIDERFAILEDINIT, ENETDOWN)     X(WSA_INVALID_HANDLE, EBADF)      \
    X(WSA_NOT_ENOUGH_MEMORY, ENOMEM)                                          \
    X(WSA_OPERATION_ABORTED, ECANCELED)                                       \
    X(ERROR_NETNAME_DELETED, ECONNRESET)                                      \
    X(ERROR_CONNECTION_REFUSED, ECONNREFUSED)                                 \
    X(ERROR_CONNECTION_ABORTED, ECONNABORTED)                                 \
    X(ERROR_TOO_MANY_OPEN_FILES, EMFILE)    X(ERROR_NO_SYSTEM_RESOURCES, ENOMEM)
/* clang-format on */

int nr_sys_error_from_wsa(int error)
{
    switch (error) {
#define NR_WSA_CASE_(wsa, name) \
    case wsa:                   \
        return -name;
        NR_WSA_ERRORS(NR_WSA_CASE_)
#undef NR_WSA_CASE_
    default:
        return -EIO;
    }
}

int nr_sys_last_wsa_error(void)
{
    return nr_sys_error_from_wsa(WSAGetLastError());
}
