/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_STREAM_PIPE_STREAM_H
#define NANORUN_IO_STREAM_PIPE_STREAM_H

/*
 * A stream over a pipe or a terminal: a registration, and operations that read
 * and write it by sys/pipe.h. For io only.
 */

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a stream of one. Returns 0 or -ENOMEM. Ownership: on success takes `s`;
 * on failure `s` stays the caller's. */
int nr_pipe_stream_open(nr_registry *registry, nr_sys_socket s,
                        bool is_terminal, nr_stream **out);

/* The registration of any stream that has a descriptor; NULL if it has none. */
nr_registration *nr_stream_registration(const nr_stream *s);

/* Stops the process with the line `what (place)` if it has one and was closed.
 */
void nr_stream_check(const nr_stream *s, const char *what, const char *place);

/* Whether bytes can go from or to its descriptor without its operations: it is
 * a socket, or a pipe of which no direction has been shut. */
bool nr_stream_can_splice(const nr_stream *s);

#ifdef __cplusplus
}
#endif

#endif
