/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_SYS_FAULTS_H
#define TESTS_SUPPORT_SYS_FAULTS_H

/*
 * The calls of nanorun/sys that may fail, made to fail. The linker's --wrap
 * puts them between the library and the system, so a test that depends on this
 * is the contract's other side, and what no kernel can be made to do is tried.
 * nr_sys_alloc has nr_sys_alloc_fail.
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
