/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/die.h"

#include <process.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "nanorun/sys/windows/system.h"

typedef struct die_line {
    char text[1024];
    size_t len;
} die_line;

/* Cuts what does not fit, but for the end of the line. */
static void die_append(die_line *l, const char *piece)
{
    size_t room = sizeof l->text - 1 - l->len;
    size_t len = strlen(piece);

    if (len > room)
        len = room;
    memcpy(l->text + l->len, piece, len);
    l->len += len;
}

/* One call, so that the lines of two threads that stop the process do not mix.
 * No stdio, whose locks the caller may hold. */
void nr_sys_die(const char *what, const char *place)
{
    die_line l = {.len = 0};
    DWORD ignored;

    die_append(&l, "nanorun: ");
    die_append(&l, what);
    if (place) {
        die_append(&l, " (");
        die_append(&l, place);
        die_append(&l, ")");
    }
    l.text[l.len++] = '\n';
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), l.text, (DWORD)l.len, &ignored,
              NULL);
    /* Not abort itself: it adds a line of its own, or asks the user. */
    raise(SIGABRT);
    _exit(3);
}
