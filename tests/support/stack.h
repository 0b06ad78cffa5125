/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_STACK_H
#define TESTS_SUPPORT_STACK_H

/*
 * How much of its stack a thread has used between calls of stack_note. For one
 * thread at a time.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void stack_clear(void);
void stack_note(void);

/* Bytes between the shallowest and the deepest call since stack_clear. */
size_t stack_span(void);

#ifdef __cplusplus
}
#endif

#endif
