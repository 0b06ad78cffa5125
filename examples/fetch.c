/* SPDX-License-Identifier: MIT */
#include "examples/fetch.h"

#include <stdio.h>
#include <string.h>

#include "nanorun/io/tcp.h"

ASYNC_DEFINE(ptrdiff_t, fetch,
             ((const nr_addr *, addr), (const char *, path), (char *, buf),
              (size_t, size)),
             nr_stream *stream;
             size_t len; ptrdiff_t n; int error;)
{
    ASYNC_BEGIN(fetch);
    AWAIT(self->error, nr_tcp_connect(self->addr, &self->stream));
    if (self->error)
        ASYNC_RETURN(self->error);
    snprintf(self->buf, self->size,
             "GET %s HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n",
             self->path);
    AWAIT(self->error,
          nr_stream_write_all(self->stream, self->buf, strlen(self->buf)));
    if (self->error)
        ASYNC_RETURN(self->error);
    do {
        AWAIT(self->n, nr_stream_read(self->stream, self->buf + self->len,
                                      self->size - 1 - self->len));
        self->len += self->n > 0 ? (size_t)self->n : 0;
    } while (self->n > 0);
    self->buf[self->len] = '\0';
    ASYNC_RETURN(self->n < 0 ? self->n : (ptrdiff_t)self->len);
    ASYNC_FINALLY;
    nr_stream_close(self->stream);
    ASYNC_END;
}
