/* SPDX-License-Identifier: MIT */
/* Ends as its argument says: a crash, an abort, or this exit status. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    int *volatile nowhere = NULL;
    const char *how = argc > 1 ? argv[1] : "";
    if (strcmp(how, "crash") == 0)
        *nowhere = 1;
    if (strcmp(how, "abort") == 0)
        abort();
    return atoi(how);
}
