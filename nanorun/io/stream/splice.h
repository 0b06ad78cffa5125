/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_STREAM_SPLICE_H
#define NANORUN_IO_STREAM_SPLICE_H

/*
 * Moving bytes between two registrations within the kernel: sys/splice.h, with
 * waiting. For io only.
 */

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/stream.h"
#include "nanorun/sys/splice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Awaitable ptrdiff_t: fills the empty splice *p, which it opens first if that
 * is NULL, for a copy to `to`. It does not wait: -EAGAIN if nothing has
 * arrived. Else as nr_sys_splice_in, or the error of nr_sys_splice_open. */
nr_stream_size_future *nr_splice_in(nr_sys_splice **p, nr_registration *from,
                                    const nr_registration *to);

/* Awaitable ptrdiff_t: writes up to `len` of the bytes that the splice holds,
 * and waits for room. Else as nr_sys_splice_out. */
nr_stream_size_future *nr_splice_out(nr_sys_splice **p, nr_registration *to,
                                     size_t len);

#ifdef __cplusplus
}
#endif

#endif
