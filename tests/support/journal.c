/* SPDX-License-Identifier: MIT */
#include "tests/support/journal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static char text[4096];
static size_t len;

void journal_clear(void)
{
    memset(text, 0, sizeof text);
    len = 0;
}

void journal_add(char event)
{
    if (len + 1 == sizeof text)
        abort();
    text[len++] = event;
}

const char *journal_text(void)
{
    return text;
}
