/* SPDX-License-Identifier: MIT */
#include "examples/http_text.h"

#include <ctype.h>
#include <string.h>

bool http_text_take(http_text *rest, char mark, http_text *out)
{
    const char *found = rest->size ? memchr(rest->at, mark, rest->size) : NULL;
    size_t size = found ? (size_t)(found - rest->at) : rest->size;
    size_t taken = found ? size + 1 : size;
    *out = (http_text){rest->at, size};
    rest->at += taken;
    rest->size -= taken;
    return found != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

http_text http_text_trim(http_text t)
{
    while (t.size > 0 && is_blank(t.at[0])) {
        t.at++;
        t.size--;
    }
    while (t.size > 0 && is_blank(t.at[t.size - 1]))
        t.size--;
    return t;
}

bool http_text_is(http_text t, const char *word)
{
    return t.size == strlen(word) && memcmp(t.at, word, t.size) == 0;
}

bool http_text_is_nocase(http_text t, const char *word)
{
    if (t.size != strlen(word))
        return false;
    for (size_t i = 0; i < t.size; i++) {
        if (tolower((unsigned char)t.at[i]) != word[i])
            return false;
    }
    return true;
}

bool http_text_is_number(http_text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (!isdigit((unsigned char)t.at[i]))
            return false;
    }
    return t.size > 0;
}

bool http_text_is_token(http_text t)
{
    for (size_t i = 0; i < t.size; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == 0 || (!isalnum(c) && !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return t.size > 0;
}
