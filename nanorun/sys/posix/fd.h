/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_POSIX_FD_H
#define NANORUN_SYS_POSIX_FD_H

/*
 * Numbers 0 to 2 are the program's, also while it has closed them: a printf
 * would write into whatever took their place. For sys only.
 */

/* Moves a new descriptor to a number above 2, if it has one of these. `fd` may
 * be -1. Returns the descriptor, close-on-exec if it was moved, or -1 with
 * errno: then `fd` is closed. */
int nr_sys_fd_above_stdio(int fd);

#endif
