/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_JOURNAL_H
#define TESTS_SUPPORT_JOURNAL_H

/*
 * What happened, as a text of one letter an event. Tasks of a runtime with one
 * worker write it, a test reads it once it has joined them.
 */

#ifdef __cplusplus
extern "C" {
#endif

void journal_clear(void);
void journal_add(char event);
const char *journal_text(void);

#ifdef __cplusplus
}
#endif

#endif
