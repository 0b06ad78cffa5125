/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>
#include <winsock2.h>

#include "tests/support/fds.h"

/* Handles are multiples of 4, the lowest free one is given out next; so the
 * last is well before so many in a row that are free. */
enum { FREE_MAX = 256 };

static bool is_socket(SOCKET s)
{
    int type, size = sizeof type;
    return getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &size) == 0;
}

int count_fds(void)
{
    int n = 0;
    uintptr_t free_count = 0;
    for (uintptr_t h = 4; free_count < FREE_MAX; h += 4) {
        DWORD flags;
        if (!GetHandleInformation((HANDLE)h, &flags)) {
            free_count++;
            continue;
        }
        free_count = 0;
        if (is_socket((SOCKET)h))
            n++;
        else if (WSAGetLastError() == WSANOTINITIALISED)
            return 0; /* Winsock runs as long as there are sockets */
    }
    return n;
}

bool fds_can_be_limited(void)
{
    return false;
}

unsigned limit_fds(unsigned limit)
{
    (void)limit;
    return UINT_MAX;
}
