/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SPLICE_H
#define NANORUN_SYS_SPLICE_H

/*
 * Moving bytes from one socket or pipe to another within the kernel: out of the
 * one into a splice, and out of the splice into the other.
 */

#include <stddef.h>

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_sys_splice nr_sys_splice;

/* Opens an empty splice for what waits at `from` and goes to `to`. Returns 0;
 * -EAGAIN if that is too little to be worth it, or there are too many splices;
 * -EMFILE, -ENFILE, -ENOMEM; -ENOTSUP if the system cannot. */
int nr_sys_splice_open(nr_sys_socket from, nr_sys_socket to,
                       nr_sys_splice **out);

/* Closes it, and drops what it holds. NULL is fine. */
void nr_sys_splice_close(nr_sys_splice *p);

/* Fills an empty splice with what has arrived at `from`. Returns the number of
 * bytes (0: end of stream), the errors of nr_sys_socket_read, or -EINVAL if
 * the system cannot do so for this kind of descriptor. */
ptrdiff_t nr_sys_splice_in(nr_sys_splice *p, nr_sys_socket from);

/* Writes up to `len` of the bytes that the splice holds. Returns as
 * nr_sys_socket_write. Raises no SIGPIPE. */
ptrdiff_t nr_sys_splice_out(nr_sys_splice *p, nr_sys_socket to, size_t len);

#ifdef __cplusplus
}
#endif

#endif
