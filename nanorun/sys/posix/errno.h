/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_POSIX_ERRNO_H
#define NANORUN_SYS_POSIX_ERRNO_H

/* Errors of system calls, as the library returns them. For sys only. */

#include <errno.h>

/* -ENOMEM is the one error for lack of any kind of kernel memory. */
static inline int nr_sys_from_errno(int error)
{
    return error == ENOBUFS ? -ENOMEM : -error;
}

#endif
