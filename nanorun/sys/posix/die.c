/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include "nanorun/sys/die.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static struct iovec die_piece(const char *text)
{
    struct iovec v = {.iov_base = (void *)(uintptr_t)text,
                      .iov_len = strlen(text)};

    return v;
}

/* One writev, so that the lines of two threads that stop the process do not
 * mix. No stdio, whose locks the caller may hold. */
void nr_sys_die(const char *what, const char *place)
{
    struct iovec line[6];
    int count = 0;

    line[count++] = die_piece("nanorun: ");
    line[count++] = die_piece(what);
    if (place) {
        line[count++] = die_piece(" (");
        line[count++] = die_piece(place);
        line[count++] = die_piece(")");
    }
    line[count++] = die_piece("\n");
    /* Nothing can be done about a line that cannot be written. */
    ssize_t ignored = writev(STDERR_FILENO, line, count);
    (void)ignored;
    abort();
}
