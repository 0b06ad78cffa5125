/* SPDX-License-Identifier: MIT */

/*
 * Copying from stream to stream, in one direction and in both.
 *
 * A read that brings much tells that more is coming. If both streams have
 * descriptors, a burst follows: the kernel moves the bytes (splice.h) until the
 * source has none left. Then the pipe that this takes is closed, so that a
 * thousand idle copies need no more than two thousand descriptors. If the pipe
 * cannot be had, the buffer does it.
 *
 * The first read, and the read after a long burst, use little of the buffer:
 * a burst is likely to follow, which moves the rest without a copy, and memory
 * that no read fills is never touched. If no long burst follows, the reads use
 * all of the buffer, so that a message of 16 or 50 KiB costs one read and no
 * pipe.
 *
 * An error in one direction ends the other one, which may wait for ever for a
 * peer that has nothing to say. It must not lose count of what it writes
 * meanwhile, so it is not a loser of a SELECT over the two: each direction has
 * a SELECT of its own, with the notification that the other one has failed.
 */

#include "nanorun/io/stream.h"

#include <errno.h>

#include "nanorun/io/stream/pipe_stream.h"
#include "nanorun/io/stream/splice.h"
#include "nanorun/rt/notify.h"
#include "nanorun/sys/memory.h"

/* What a read may fill: all of the buffer, or so much before a likely burst. */
enum { COPY_BUFFER = 65536, COPY_PROBE = 8192 };

/* Whether the kernel can move bytes between the two. */
static bool copy_can_burst(const nr_stream *to, const nr_stream *from)
{
    return nr_stream_can_splice(to) && nr_stream_can_splice(from);
}

/* One burst. The result is 1: the source has none left, or cannot do so; 0: its
 * end; or the error. */
ASYNC_FN(int, copy_burst,
         ((nr_stream *, to), (nr_stream *, from), (uint64_t *, count)),
         nr_sys_splice *through;
         ptrdiff_t len, n;)
{
    ASYNC_BEGIN(copy_burst);
    while (copy_can_burst(self->to, self->from)) {
        AWAIT(self->len,
              nr_splice_in(&self->through, nr_stream_registration(self->from),
                           nr_stream_registration(self->to)));
        if (!self->through || self->len == -EAGAIN || self->len == -EINVAL)
            ASYNC_RETURN(1);
        if (self->len <= 0)
            ASYNC_RETURN((int)self->len);
        while (self->len > 0) {
            AWAIT(self->n, nr_splice_out(&self->through,
                                         nr_stream_registration(self->to),
                                         (size_t)self->len));
            if (self->n <= 0)
                ASYNC_RETURN(self->n < 0 ? (int)self->n : -EPIPE);
            *self->count += (uint64_t)self->n;
            self->len -= self->n;
        }
    }
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    nr_sys_splice_close(self->through);
    ASYNC_END;
}

ASYNC_DEFINE(int, nr_copy,
             ((nr_stream *, to), (nr_stream *, from),
              (uint64_t *, count_or_null)),
             char *buf;
             ptrdiff_t room, len, done, n; uint64_t count, before; int more;
             bool has_begun;)
{
    ASYNC_BEGIN(nr_copy);
    if (!self->count_or_null)
        self->count_or_null = &self->count;
    *self->count_or_null = 0;
    self->has_begun = true;
    self->buf = nr_sys_alloc(COPY_BUFFER);
    if (!self->buf)
        ASYNC_RETURN(-ENOMEM);
    self->room =
        copy_can_burst(self->to, self->from) ? COPY_PROBE : COPY_BUFFER;
    for (;;) {
        AWAIT(self->len,
              nr_stream_read(self->from, self->buf, (size_t)self->room));
        if (self->len <= 0)
            ASYNC_RETURN((int)self->len);
        for (self->done = 0; self->done < self->len; self->done += self->n) {
            AWAIT(self->n, nr_stream_write(self->to, self->buf + self->done,
                                           (size_t)(self->len - self->done)));
            if (self->n <= 0) /* none taken, and no error: it would go on so */
                ASYNC_RETURN(self->n < 0 ? (int)self->n : -EPIPE);
            *self->count_or_null += (uint64_t)self->n;
        }
        if (self->len >= self->room / 2 &&
            copy_can_burst(self->to, self->from)) {
            self->before = *self->count_or_null;
            AWAIT(self->more,
                  copy_burst(self->to, self->from, self->count_or_null));
            if (self->more <= 0)
                ASYNC_RETURN(self->more);
            self->room = *self->count_or_null - self->before > COPY_BUFFER
                             ? COPY_PROBE
                             : COPY_BUFFER;
        }
    }
    ASYNC_FINALLY;
    if (!self->has_begun && self->count_or_null)
        *self->count_or_null = 0;
    nr_sys_free(self->buf);
    ASYNC_END;
}

/* One direction, to its end, which is passed on. */
ASYNC_FN(int, copy_through,
         ((nr_stream *, to), (nr_stream *, from), (uint64_t *, count)),
         int error;)
{
    ASYNC_BEGIN(copy_through);
    AWAIT(self->error, nr_copy(self->to, self->from, self->count));
    if (!self->error)
        AWAIT(self->error, nr_stream_shutdown(self->to, NR_SHUT_WR));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

/* The error of the direction that fails first. */
typedef struct copy_failure {
    nr_notify is_known;
    int error;
} copy_failure;

ASYNC_FN(void, copy_direction,
         ((nr_stream *, to), (nr_stream *, from), (uint64_t *, count),
          (copy_failure *, failure)),
         int error;)
{
    ASYNC_BEGIN(copy_direction);
    AWAIT(SELECT(
        INTO(&self->error, copy_through(self->to, self->from, self->count)),
        nr_notify_wait(&self->failure->is_known)));
    if (self->error && !self->failure->error) {
        self->failure->error = self->error;
        nr_notify_one(&self->failure->is_known);
    }
    ASYNC_FINALLY;
    if (IS_UNWINDING) /* out of memory: the other one must not wait for this */
        nr_notify_one(&self->failure->is_known);
    ASYNC_END;
}

/* Both or none: ALL would wait for the one that there is memory for. */
static nr_all_future *copy_directions(nr_stream *a, nr_stream *b,
                                      uint64_t counts[2], copy_failure *failure)
{
    copy_direction_future *ab = copy_direction(b, a, &counts[0], failure);
    copy_direction_future *ba = copy_direction(a, b, &counts[1], failure);
    if (ab && ba)
        return ALL(ab, ba);
    nr_future_drop(ab ? &ab->base : NULL);
    nr_future_drop(ba ? &ba->base : NULL);
    return NULL;
}

ASYNC_DEFINE(int, nr_copy_both,
             ((nr_stream *, a), (nr_stream *, b), (uint64_t *, counts_or_null)),
             copy_failure failure;
             uint64_t counts[2]; bool has_begun;)
{
    ASYNC_BEGIN(nr_copy_both);
    nr_notify_init(&self->failure.is_known);
    if (!self->counts_or_null)
        self->counts_or_null = self->counts;
    self->counts_or_null[0] = self->counts_or_null[1] = 0;
    self->has_begun = true;
    AWAIT(copy_directions(self->a, self->b, self->counts_or_null,
                          &self->failure));
    ASYNC_RETURN(self->failure.error);
    ASYNC_FINALLY;
    if (!self->has_begun && self->counts_or_null)
        self->counts_or_null[0] = self->counts_or_null[1] = 0;
    nr_notify_deinit(&self->failure.is_known);
    ASYNC_END;
}
