/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/adopt.h"

#include <errno.h>

#include "nanorun/sys/windows/error.h"
#include "nanorun/sys/windows/system.h"
#include "nanorun/sys/windows/winsock.h"

/* Stores what the socket is. Returns 0, or -EINVAL if it is no stream socket,
 * or not one that listens or does not, as it is `listening`. */
static int adopt_check(SOCKET s, bool listening, nr_sys_stream_kind *kind)
{
    WSAPROTOCOL_INFOW info;
    DWORD listens = 0;
    int info_len = sizeof info, listens_len = sizeof listens;

    if (getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info,
                   &info_len) != 0 ||
        info.iSocketType != SOCK_STREAM ||
        getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens,
                   &listens_len) != 0 ||
        (listens != 0) != listening)
        return -EINVAL;
    *kind = info.iAddressFamily == AF_INET || info.iAddressFamily == AF_INET6
                ? NR_SYS_STREAM_TCP
                : NR_SYS_STREAM_OTHER;
    return 0;
}

static int adopt_change(SOCKET s)
{
    u_long on = 1;

    if (ioctlsocket(s, (long)FIONBIO, &on) != 0)
        return nr_sys_last_wsa_error();
    (void)SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
    return 0;
}

/* The socket is a user of Winsock from then on (winsock.h). */
static int adopt_socket(int fd, bool listening, nr_sys_socket *out,
                        nr_sys_stream_kind *kind)
{
    SOCKET s = (SOCKET)fd;
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    nr_sys_stream_kind found = NR_SYS_STREAM_OTHER;
    int error = nr_winsock_start();

    if (error != 0)
        return error;
    error = adopt_check(s, listening, &found);
    if (error == 0 && !listening &&
        getpeername(s, (struct sockaddr *)&peer, &len) != 0)
        error = -EINVAL;
    if (error == 0)
        error = adopt_change(s);
    if (error != 0) {
        nr_winsock_stop();
        return error;
    }
    *out = (nr_sys_socket)s;
    *kind = found;
    return 0;
}

int nr_sys_adopt_stream(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    return adopt_socket(fd, false, out, kind);
}

int nr_sys_adopt_listener(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    return adopt_socket(fd, true, out, kind);
}

void nr_sys_adopt_undo(nr_sys_socket s)
{
    (void)s;
    nr_winsock_stop();
}
