/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_LINUX_CGROUP_H
#define NANORUN_SYS_LINUX_CGROUP_H

/*
 * How many processors the quotas of the control groups permit, versions 1 and 2
 * (cgroups(7)). Files are read by a function of the caller's, so that tests
 * need no files. For sys only.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the text of the file, to be freed by nr_sys_free, or NULL. */
typedef char *nr_sys_read_file(void *context, const char *path);

/* The least quota of this process's groups and of all above them, in whole
 * processors, rounded up, at least 1; 0 when there is none. What cannot be read
 * or understood sets no limit. Threads: any. */
unsigned nr_sys_cgroup_cpus(nr_sys_read_file *read_file, void *context);

#ifdef __cplusplus
}
#endif

#endif
