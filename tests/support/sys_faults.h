/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_SYS_FAULTS_H
#define TESTS_SUPPORT_SYS_FAULTS_H

/*
 * Makes calls of nanorun/sys fail. The linker's --wrap puts these functions
 * between the library and sys, so a test can try failures that no kernel can be
 * made to produce. nr_sys_alloc_fail does the same for nr_sys_alloc.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lets `after` further such calls of the process through, then one fails, with
 * an error of its contract. UINT64_MAX: none, the state at the start. Threads:
 * any; counts over all threads. */
void sys_faults_fail(uint64_t after);

/* Whether the failure has not come yet. */
bool sys_faults_is_to_come(void);

/* Whether what nr_sys_alloc_fail(after, …) arranged has not come yet; it has
 * when this returns. */
bool sys_faults_alloc_is_to_come(uint64_t after);

/* Called in every nr_sys_poller_create, before it; NULL: nothing is. Threads:
 * before those that make a poller. */
void sys_faults_on_poller_create(void (*hook)(void));

#ifdef __cplusplus
}
#endif

#endif
