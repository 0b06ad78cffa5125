/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_SYSTEM_H
#define NANORUN_SYS_WINDOWS_SYSTEM_H

/*
 * The system's headers, in the order in which they can be included, for
 * Windows 10 and later. For sys only.
 */

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif

/* clang-format off */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
/* clang-format on */

#endif
