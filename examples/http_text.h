/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_TEXT_H
#define NANORUN_EXAMPLES_HTTP_TEXT_H

/*
 * Parts of a buffer, for parsing without copying: a pointer and a length, so a
 * zero byte may be in it. No I/O and no state. Threads: any.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct http_text {
    const char *at;
    size_t size;
} http_text;

/* Takes from *rest what stands before the first `mark`, and the mark. Without
 * one it takes all there is and returns false. */
bool http_text_take(http_text *rest, char mark, http_text *out);

/* `t` without blanks and tabs at its ends. */
http_text http_text_trim(http_text t);

/* Whether `t` is `word`, byte by byte. */
bool http_text_is(http_text t, const char *word);

/* The same without regard to case; `word` is in lower case. */
bool http_text_is_nocase(http_text t, const char *word);

/* Whether `t` is digits, one at least. */
bool http_text_is_number(http_text t);

/* Whether `t` is a token of RFC 9110, section 5.6.2: a method, a field's
 * name. */
bool http_text_is_token(http_text t);

#ifdef __cplusplus
}
#endif

#endif
