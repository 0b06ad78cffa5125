/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_JOURNAL_H
#define TESTS_SUPPORT_JOURNAL_H

/*
 * A journal: a text with one letter for each event. Tasks of a runtime with one
 * worker write it, and the test reads it once it has joined them.
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
