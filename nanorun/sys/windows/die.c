/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/die.h"

#include <process.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "nanorun/sys/windows/system.h"

typedef struct line {
    char text[1024];
    size_t len;
} line;

/* Cuts what does not fit, but for the end of the line. */
static void append(line *l, const char *piece)
{
    size_t room = sizeof(l->text) - 1 - l->len;
    size_t len = strlen(piece);

    if (len > room)
        len = room;
    memcpy(l->text + l->len, piece, len);
    l->len += len;
}

/* One call, so that the lines of two dying threads do not mix, and nothing of
 * stdio, whose locks the caller may hold. */
void nr_sys_die(const char *what, const char *place)
{
    line l = {.len = 0};
    DWORD ignored;

    append(&l, "nanorun: ");
    append(&l, what);
    if (place != NULL) {
        append(&l, " (");
        append(&l, place);
        append(&l, ")");
    }
    l.text[l.len++] = '\n';
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), l.text, (DWORD)l.len, &ignored,
              NULL);
    /* Not abort itself: it adds a line of its own, or asks the user. */
    raise(SIGABRT);
    _exit(3);
}
