/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/windows/afd.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <winternl.h>

/* Not in every set of headers. */
#ifndef FILE_OPEN
#define FILE_OPEN 1
#endif
#ifndef FILE_SKIP_SET_EVENT_ON_HANDLE
#define FILE_SKIP_SET_EVENT_ON_HANDLE 2
#endif
#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE 0x48000022
#endif
#ifndef SIO_BSP_HANDLE_POLL
#define SIO_BSP_HANDLE_POLL 0x4800001D
#endif

#define IOCTL_AFD_POLL 0x00012024

_Static_assert(sizeof(((nr_afd_request *)NULL)->info) == 32,
               "the driver takes an AFD_POLL_INFO of one socket");

/* Of <ntstatus.h>, which cannot be included beside <windows.h>. */
#define NR_STATUS_CANCELLED ((LONG)0xC0000120)
#define NR_STATUS_UNSUCCESSFUL ((LONG)0xC0000001)

/* Any name below the device will do. */
static NTSTATUS afd_create(HANDLE *out)
{
    static WCHAR name[] = L"\\Device\\Afd\\Nanorun";
    UNICODE_STRING text = {.Length = sizeof name - sizeof name[0],
                           .MaximumLength = sizeof name,
                           .Buffer = name};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes,
                                    .ObjectName = &text};
    IO_STATUS_BLOCK status;

    return NtCreateFile(out, SYNCHRONIZE, &attributes, &status, NULL, 0,
                        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, NULL,
                        0);
}

int nr_afd_open(HANDLE port, ULONG_PTR key, HANDLE *out)
{
    HANDLE afd;

    if (afd_create(&afd) < 0)
        return -ENOMEM;
    if (!CreateIoCompletionPort(afd, port, key, 0)) {
        CloseHandle(afd);
        return -ENOMEM;
    }
    /* Nobody waits for the handle itself. It saves work, so may fail. */
    (void)SetFileCompletionNotificationModes(afd,
                                             FILE_SKIP_SET_EVENT_ON_HANDLE);
    *out = afd;
    return 0;
}

static SOCKET afd_ask_base(SOCKET s, DWORD code)
{
    SOCKET base = INVALID_SOCKET;
    DWORD size;

    if (WSAIoctl(s, code, NULL, 0, &base, sizeof base, &size, NULL, NULL) != 0)
        return INVALID_SOCKET;
    return base;
}

/* Providers may not intercept SIO_BASE_HANDLE, and some do. The next layer
 * down is what they pass on for WSAPoll; asked until it is the lowest. */
int nr_afd_base_socket(SOCKET s, SOCKET *out)
{
    SOCKET base = afd_ask_base(s, SIO_BASE_HANDLE);

    while (base == INVALID_SOCKET) {
        SOCKET below = afd_ask_base(s, SIO_BSP_HANDLE_POLL);

        if (below == INVALID_SOCKET || below == s)
            return -EPERM;
        s = below;
        base = afd_ask_base(s, SIO_BASE_HANDLE);
    }
    *out = base;
    return 0;
}

static BOOL afd_start(HANDLE afd, SOCKET base, ULONG events, nr_afd_request *r)
{
    r->info.count = 1;
    r->info.sockets[0].socket = (HANDLE)base;
    r->info.sockets[0].events = events;
    return DeviceIoControl(afd, IOCTL_AFD_POLL, &r->info, sizeof r->info,
                           &r->info, sizeof r->info, NULL, &r->overlapped);
}

int nr_afd_poll(HANDLE afd, SOCKET base, ULONG events, nr_afd_request *r)
{
    DWORD error;

    memset(r, 0, sizeof *r);
    r->info.timeout.QuadPart = INT64_MAX;
    /* Done at once or later, it completes by the port. */
    if (afd_start(afd, base, events, r))
        return 0;
    error = GetLastError();
    if (error == ERROR_IO_PENDING)
        return 0;
    return error == ERROR_INVALID_HANDLE ? -EPERM : -ENOMEM;
}

ULONG nr_afd_look(HANDLE afd, SOCKET base, ULONG events)
{
    nr_afd_request r = {.info = {.count = 0}}; /* its timeout is 0 */
    HANDLE done = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD size;
    ULONG found = 0;

    if (!done)
        return 0;
    /* The lowest bit keeps the completion from the port. */
    r.overlapped.hEvent = (HANDLE)((ULONG_PTR)done | 1);
    if ((afd_start(afd, base, events, &r) ||
         GetLastError() == ERROR_IO_PENDING) &&
        GetOverlappedResult(afd, &r.overlapped, &size, TRUE) &&
        r.overlapped.Internal == 0 && /* not that the time is over */
        r.info.count > 0)
        found = r.info.sockets[0].events;
    CloseHandle(done);
    return found;
}

void nr_afd_cancel(HANDLE afd, nr_afd_request *r)
{
    /* ERROR_NOT_FOUND: its completion is on its way. */
    (void)CancelIoEx(afd, &r->overlapped);
}

void nr_afd_fail(nr_afd_request *r)
{
    memset(r, 0, sizeof *r);
    r->overlapped.Internal = (ULONG_PTR)NR_STATUS_UNSUCCESSFUL;
}

int nr_afd_result(const nr_afd_request *r, ULONG *out_events)
{
    LONG status = (LONG)r->overlapped.Internal;

    if (status == NR_STATUS_CANCELLED) {
        *out_events = 0;
        return 0;
    }
    if (status < 0)
        return -EIO;
    *out_events = r->info.count > 0 ? r->info.sockets[0].events : 0;
    return 0;
}
