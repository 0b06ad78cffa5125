/* SPDX-License-Identifier: MIT */

/*
 * A pair of streams in memory: two pipes, each a ring of bytes, under one lock.
 * An end writes to the pipe of its own side and reads from the other one.
 *
 * At most one reader and one writer wait at a pipe. A waiting future leaves its
 * waker there, borrowed, and takes it back under the lock when it is dropped.
 * Whoever changes a pipe marks the task that waits for it under the lock and
 * queues it afterwards. A future that waits keeps the pair alive, as an end
 * does that is not closed.
 */

#include "nanorun/io/stream.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/stream/whole.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/task/wake.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

typedef enum duplex_role { DUPLEX_READER, DUPLEX_WRITER } duplex_role;

typedef struct duplex_pipe {
    char *ring;
    size_t start, len;
    bool has_end[2];    /* by role: reads no more, writes no more */
    bool is_waiting[2]; /* by role */
    nr_waker *waker[2]; /* by role, while waiting */
} duplex_pipe;

typedef struct duplex duplex;

typedef struct duplex_end {
    nr_stream base;
    duplex *pair;
    bool is_closed;
} duplex_end;

struct duplex {
    uint32_t lock; /* of all that follows but capacity */
    unsigned references;
    size_t capacity;
    duplex_end ends[2];
    duplex_pipe pipes[2];
    char rings[];
};

/* Tasks that were marked under the lock, to be queued after it. */
typedef struct duplex_woken {
    nr_task *tasks[4];
    int count;
} duplex_woken;

static void duplex_wake(duplex_pipe *p, duplex_role role, duplex_woken *woken)
{
    if (p->waker[role])
        woken->tasks[woken->count++] = nr_waker_mark(p->waker[role]);
    p->waker[role] = NULL;
}

static void duplex_unlock(duplex *d, const duplex_woken *woken)
{
    nr_spin_unlock(&d->lock);
    for (int i = 0; i < woken->count; i++) {
        if (woken->tasks[i])
            nr_task_push(woken->tasks[i]);
    }
}

/* Under the lock, which it ends. */
static void duplex_release(duplex *d, const duplex_woken *woken)
{
    bool is_last = --d->references == 0;
    duplex_unlock(d, woken);
    if (is_last)
        nr_sys_free(d);
}

static duplex_pipe *duplex_pipe_of(const duplex_end *end, duplex_role role)
{
    int side = end == &end->pair->ends[1];
    return &end->pair->pipes[role == DUPLEX_WRITER ? side : !side];
}

/* The end does no more of this. Wakes whoever waits at the pipe. */
static void duplex_finish(duplex_end *end, duplex_role role,
                          duplex_woken *woken)
{
    duplex_pipe *p = duplex_pipe_of(end, role);
    p->has_end[role] = true;
    duplex_wake(p, DUPLEX_READER, woken);
    duplex_wake(p, DUPLEX_WRITER, woken);
}

/* ---- the bytes ---- */

static size_t duplex_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t duplex_take(duplex_pipe *p, size_t capacity, char *buf,
                          size_t len)
{
    len = duplex_least(len, p->len);
    size_t first = duplex_least(len, capacity - p->start);
    memcpy(buf, p->ring + p->start, first);
    memcpy(buf + first, p->ring, len - first);
    p->start = (p->start + len) % capacity;
    p->len -= len;
    return len;
}

static size_t duplex_put(duplex_pipe *p, size_t capacity, const char *buf,
                         size_t len)
{
    len = duplex_least(len, capacity - p->len);
    size_t at = p->start < capacity - p->len ? p->start + p->len
                                             : p->start - (capacity - p->len);
    size_t first = duplex_least(len, capacity - at);
    memcpy(p->ring + at, buf, first);
    memcpy(p->ring, buf + first, len - first);
    p->len += len;
    return len;
}

/* ---- reading and writing ---- */

typedef struct duplex_transfer {
    nr_stream_size_future face; /* first: what the caller sees */
    duplex_end *end;
    duplex_role role;
    bool is_waiting;
    char *buf; /* only read from when writing */
    size_t len;
} duplex_transfer, duplex_read, duplex_write;

/* Returns what nr_stream_read and nr_stream_write do, or -EAGAIN. */
static ptrdiff_t duplex_try(duplex_transfer *f, duplex_pipe *p)
{
    size_t capacity = f->end->pair->capacity;
    if (f->role == DUPLEX_WRITER) {
        if (p->has_end[DUPLEX_READER] || p->has_end[DUPLEX_WRITER])
            return -EPIPE;
        return p->len < capacity
                   ? (ptrdiff_t)duplex_put(p, capacity, f->buf, f->len)
                   : -EAGAIN;
    }
    if (p->len > 0)
        return (ptrdiff_t)duplex_take(p, capacity, f->buf, f->len);
    return p->has_end[DUPLEX_READER] || p->has_end[DUPLEX_WRITER] ? 0 : -EAGAIN;
}

static void duplex_wait(duplex_transfer *f, duplex_pipe *p, nr_waker *waker)
{
    p->waker[f->role] = waker;
    if (f->is_waiting)
        return;
    f->is_waiting = p->is_waiting[f->role] = true;
    f->end->pair->references++;
}

/* One that is out of budget waits, too: it needs the reference. */
static ptrdiff_t duplex_step(duplex_transfer *f, duplex_pipe *p, nr_context *cx)
{
    if (f->end->is_closed)
        return -ECANCELED;
    if (p->is_waiting[f->role] && !f->is_waiting)
        return -EBUSY;
    ptrdiff_t n = nr_context_spend(cx) ? duplex_try(f, p) : -EAGAIN;
    if (n == -EAGAIN)
        duplex_wait(f, p, cx->waker);
    return n;
}

static nr_poll duplex_poll(nr_future *self, nr_context *cx)
{
    duplex_transfer *f = (duplex_transfer *)self;
    duplex_pipe *p = duplex_pipe_of(f->end, f->role);
    duplex_woken woken = {{NULL}, 0};
    nr_spin_lock(&f->end->pair->lock);
    ptrdiff_t n = duplex_step(f, p, cx);
    if (n > 0)
        duplex_wake(p, f->role == DUPLEX_READER ? DUPLEX_WRITER : DUPLEX_READER,
                    &woken);
    duplex_unlock(f->end->pair, &woken);
    f->face.result = n;
    return n == -EAGAIN ? NR_PENDING : NR_READY;
}

static void duplex_drop(nr_future *self)
{
    duplex_transfer *f = (duplex_transfer *)self;
    static const duplex_woken nobody = {{NULL}, 0};
    if (f->is_waiting) {
        duplex_pipe *p = duplex_pipe_of(f->end, f->role);
        nr_spin_lock(&f->end->pair->lock);
        p->is_waiting[f->role] = false;
        p->waker[f->role] = NULL;
        duplex_release(f->end->pair, &nobody);
    }
    nr_future_free(self);
}

static const nr_future_ops duplex_read_future_ops =
    NR_FUTURE_OPS(duplex_read, duplex_poll, NULL, duplex_drop);
static const nr_future_ops duplex_write_future_ops =
    NR_FUTURE_OPS(duplex_write, duplex_poll, NULL, duplex_drop);

static nr_stream_size_future *duplex_new(const nr_future_ops *ops, nr_stream *s,
                                         duplex_role role, const void *buf,
                                         size_t len)
{
    duplex_transfer *f = NR_FUTURE_NEW(duplex_transfer, ops);
    if (!f)
        return NULL;
    f->end = (duplex_end *)s;
    f->role = role;
    f->buf = (char *)buf;
    f->len = len;
    return &f->face;
}

/* ---- the operations ---- */

static void duplex_check(const duplex_end *end, const char *what)
{
    if (end->is_closed)
        nr_sys_die(what, NULL);
}

static nr_stream_size_future *duplex_read_op(nr_stream *s, void *buf,
                                             size_t len)
{
    duplex_check((duplex_end *)s, "nr_stream_read on a closed stream");
    return duplex_new(&duplex_read_future_ops, s, DUPLEX_READER, buf, len);
}

static nr_stream_size_future *duplex_write_op(nr_stream *s, const void *buf,
                                              size_t len)
{
    duplex_check((duplex_end *)s, "nr_stream_write on a closed stream");
    return duplex_new(&duplex_write_future_ops, s, DUPLEX_WRITER, buf, len);
}

static void duplex_end_roles(duplex_end *end, int how, duplex_woken *woken)
{
    if (how != NR_SHUT_WR)
        duplex_finish(end, DUPLEX_READER, woken);
    if (how != NR_SHUT_RD)
        duplex_finish(end, DUPLEX_WRITER, woken);
}

ASYNC_FN(int, duplex_shutdown, ((duplex_end *, end), (int, how)))
{
    ASYNC_BEGIN(duplex_shutdown);
    duplex_woken woken = {{NULL}, 0};
    nr_spin_lock(&self->end->pair->lock);
    duplex_end_roles(self->end, self->how, &woken);
    duplex_unlock(self->end->pair, &woken);
    ASYNC_END;
}

static nr_stream_int_future *duplex_shutdown_op(nr_stream *s, int how)
{
    duplex_check((duplex_end *)s, "nr_stream_shutdown of a closed stream");
    return (nr_stream_int_future *)(void *)duplex_shutdown((duplex_end *)s,
                                                           how);
}

static void duplex_close_op(nr_stream *s)
{
    duplex_end *end = (duplex_end *)s;
    duplex *d = end->pair;
    duplex_woken woken = {{NULL}, 0};
    nr_spin_lock(&d->lock);
    duplex_check(end, "nr_stream_close of a closed stream");
    end->is_closed = true;
    duplex_end_roles(end, NR_SHUT_RDWR, &woken);
    duplex_release(d, &woken);
}

static const nr_stream_ops duplex_ops = {"duplex", duplex_read_op,
                                         duplex_write_op, duplex_shutdown_op,
                                         duplex_close_op};

int nr_duplex(size_t capacity, nr_stream *out[2])
{
    duplex *d;
    if (capacity == 0)
        return -EINVAL;
    if (capacity > (SIZE_MAX - sizeof *d) / 2)
        return -ENOMEM;
    d = nr_sys_alloc(sizeof *d + 2 * capacity);
    if (!d)
        return -ENOMEM;
    memset(d, 0, sizeof *d);
    d->references = 2;
    d->capacity = capacity;
    for (int i = 0; i < 2; i++) {
        d->ends[i].base.ops = &duplex_ops;
        d->ends[i].pair = d;
        d->pipes[i].ring = d->rings + (size_t)i * capacity;
        out[i] = &d->ends[i].base;
    }
    return 0;
}
