/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_FOREIGN_H
#define NANORUN_SYS_FOREIGN_H

/*
 * The port contract of waiting for a descriptor that other code owns. That code
 * may close it at any time, and the number may be given to any other
 * descriptor, even to a socket that the same poller watches. So a wait is
 * identified by its own object, never by the number.
 *
 * A wait is level-triggered and one-shot: it is armed, and the first readiness
 * that check returns disarms it. Only one thread uses a wait at a time.
 */

#include <stdint.h>

#include "nanorun/sys/poller.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is waited for, and what is ready: the NR_FD_READ, … of io/fd.h. */
enum {
    NR_SYS_FOREIGN_READ = 1,
    NR_SYS_FOREIGN_WRITE = 2,
    NR_SYS_FOREIGN_PRIORITY = 4,
    NR_SYS_FOREIGN_ERROR = 8,
    NR_SYS_FOREIGN_HANGUP = 16
};

typedef struct nr_sys_foreign nr_sys_foreign;

/* Returns 0, or -EBADF if `fd` is not open. To be called before anything that
 * opens a descriptor, which might get the same number. */
int nr_sys_foreign_probe(nr_sys_socket fd);

/* Makes a wait for `fd`. From then on the poller may report NR_SYS_READABLE for
 * `token`, which means: check. Returns 0, or -EBADF, -EPERM (always ready),
 * -ELOOP, -EMFILE, -ENFILE, -ENOMEM. Ownership of *out: the caller's, ended by
 * nr_sys_foreign_close; `fd` stays its owner's. */
int nr_sys_foreign_open(nr_sys_poller *p, nr_sys_socket fd, void *token,
                        nr_sys_foreign **out);

/* Ends a wait, whatever became of the descriptor. The current wait of the
 * poller may still hand out an event that it has already taken. */
void nr_sys_foreign_close(nr_sys_foreign *f);

/* Requests an event when the descriptor gets ready for one of `want`, or has an
 * error or a hang-up. Replaces what was requested before. Call check after it:
 * for what is ready already there may be no event. Returns 0, -EBADF if the
 * descriptor is not the one of open any more, or -ENOMEM. */
int nr_sys_foreign_arm(nr_sys_foreign *f, uint32_t want);

/* Returns what is ready of what is armed, and disarms; or 0: nothing is yet, so
 * there will be an event, if it is armed; or -EBADF, -ENOMEM, -EIO. */
int nr_sys_foreign_check(nr_sys_foreign *f);

#ifdef __cplusplus
}
#endif

#endif
