/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_POSIX_FD_H
#define NANORUN_SYS_POSIX_FD_H

/*
 * The descriptors 0 to 2 are the program's, even while it has closed them: a
 * printf would write to a socket that got such a number. For sys only.
 */

/* Moves a new descriptor that is 0, 1 or 2 to a number above 2. `fd` may be -1.
 * Returns the descriptor, which is close-on-exec if it was moved, or -1 with
 * errno after closing `fd`. */
int nr_sys_fd_above_stdio(int fd);

#endif
