/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_VERSION_H
#define NANORUN_VERSION_H

/*
 * The version of nanorun: the macros give that of the headers, nr_version()
 * that of the library. Versions follow semver.org. Before 1.0 there is no
 * stable ABI: compile a program against the headers of the very library that it
 * is linked with. A minor version may change the API; CHANGELOG.md then says
 * so.
 */

#ifdef __cplusplus
extern "C" {
#endif

#define NR_VERSION_MAJOR 0
#define NR_VERSION_MINOR 1
#define NR_VERSION_PATCH 0

/* The version as one number, for #if: that of 1.2.3 is 1002003. */
#define NR_VERSION_NUMBER \
    (NR_VERSION_MAJOR * 1000000 + NR_VERSION_MINOR * 1000 + NR_VERSION_PATCH)

/* The version as a string literal: "1.2.3". */
#define NR_VERSION \
    NR_VERSION_TEXT_(NR_VERSION_MAJOR, NR_VERSION_MINOR, NR_VERSION_PATCH)
#define NR_VERSION_TEXT_(major, minor, patch) \
    NR_VERSION_JOINED_(major, minor, patch)
#define NR_VERSION_JOINED_(major, minor, patch) #major "." #minor "." #patch

/* The version of the library that is linked, in the form of NR_VERSION.
 * Threads: any. Ownership: static. */
const char *nr_version(void);

#ifdef __cplusplus
}
#endif

#endif
