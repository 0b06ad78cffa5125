/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_LINUX_UNIX_NAME_H
#define NANORUN_SYS_LINUX_UNIX_NAME_H

/* The names of Unix sockets as the system has them. For sys/linux only. */

#include <sys/socket.h>
#include <sys/un.h>

/* Stores `name` and its length. Returns 0, -EINVAL or -ENAMETOOLONG. */
int nr_sys_unix_name(const char *name, struct sockaddr_un *out, socklen_t *len);

#endif
