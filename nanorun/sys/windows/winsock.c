/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/winsock.h"

#include "nanorun/sys/windows/error.h"
#include "nanorun/sys/windows/system.h"

int nr_winsock_start(void)
{
    WSADATA ignored;
    int error = WSAStartup(MAKEWORD(2, 2), &ignored);

    return error != 0 ? nr_sys_error_from_wsa(error) : 0;
}

void nr_winsock_stop(void)
{
    (void)WSACleanup();
}
