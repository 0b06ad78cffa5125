/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_COMMON_SOCKET_SOCKADDR_H
#define NANORUN_SYS_COMMON_SOCKET_SOCKADDR_H

/* Converts between nr_addr and the system's addresses. For sys only. */

#include "nanorun/sys/socket.h"

#if defined(_WIN32)
#include "nanorun/sys/windows/system.h"
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

/* Writes `from` as the system's address and returns the length of that. */
socklen_t nr_sys_sockaddr_from(const nr_addr *from,
                               struct sockaddr_storage *out);

/* Returns 0, or -EAFNOSUPPORT for what is not an IP address. */
int nr_sys_sockaddr_to(const struct sockaddr_storage *from, nr_addr *out);

#endif
