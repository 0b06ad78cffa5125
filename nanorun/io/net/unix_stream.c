/* SPDX-License-Identifier: MIT */

/*
 * What streams over Unix sockets have beside the rest: who the peer is, and a
 * write and a read that have descriptors beside the bytes.
 */

#include "nanorun/io/net/unix_stream.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/io/stream/whole.h"
#include "nanorun/io/unix.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/unix.h"

/* A read stops after the bytes that descriptors came with. */
const nr_socket_kind nr_unix_kind = {NR_SOCKET_STREAM_OPS("unix"), false, true};

int nr_unix_check(const nr_stream *s, const char *what, const char *place)
{
    if (s->ops != &nr_unix_kind.ops)
        return -ENOTSUP;
    nr_registration_check(s->io_, what, place);
    return 0;
}

int nr_unix_peer_at_(const nr_stream *s, nr_unix_cred *out, const char *place)
{
    nr_unix_cred peer;
    int error = nr_unix_check(s, "nr_unix_peer of a closed stream", place);
    if (!error)
        error =
            nr_sys_unix_peer(s->io_->socket, &peer.pid, &peer.uid, &peer.gid);
    if (!error)
        *out = peer;
    return error;
}

int(nr_unix_peer)(const nr_stream *s, nr_unix_cred *out)
{
    return nr_unix_peer_at_(s, out, NULL);
}

/* ---- passing descriptors ---- */

_Static_assert((int)NR_UNIX_FDS_MAX == NR_SYS_UNIX_FDS_MAX,
               "what users may pass is what the system may");

typedef struct unix_pass {
    nr_stream_size_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    char *buf; /* only read from when sending, as `fds` */
    size_t len;
    int *fds;
    int nfds;      /* of a send */
    int *received; /* of a receive: its room, and how many came */
} unix_pass, unix_send, unix_recv;

static ptrdiff_t unix_pass_call(void *future)
{
    const unix_pass *f = future;
    nr_sys_socket s = f->waiter.on->socket;
    return f->waiter.direction == NR_READING
               ? nr_sys_unix_recv(s, f->buf, f->len, f->fds, f->received)
               : nr_sys_unix_send(s, f->buf, f->len, f->fds, f->nfds);
}

/* The call that takes something is the last one, and its poll is ready. So a
 * future that is cancelled has taken nothing. */
static nr_poll unix_pass_poll(nr_future *self, nr_context *cx)
{
    unix_pass *f = (unix_pass *)self;
    f->face.result =
        nr_io_waiter_poll(&f->waiter, cx, unix_pass_call, f, f->len);
    return f->face.result == -EAGAIN ? NR_PENDING : NR_READY;
}

static void unix_pass_drop(nr_future *self)
{
    nr_io_waiter_release(&((unix_pass *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops unix_pass_send_ops =
    NR_FUTURE_OPS(unix_send, unix_pass_poll, NULL, unix_pass_drop);
static const nr_future_ops unix_pass_recv_ops =
    NR_FUTURE_OPS(unix_recv, unix_pass_poll, NULL, unix_pass_drop);

static unix_pass *unix_pass_new(const nr_future_ops *ops, const nr_stream *s,
                                nr_direction direction, const void *buf,
                                size_t len)
{
    unix_pass *f = NR_FUTURE_NEW(unix_pass, ops);
    if (!f)
        return NULL;
    f->waiter.on = s->io_;
    f->waiter.direction = direction;
    f->buf = (char *)buf;
    f->len = len;
    return f;
}

nr_unix_send_future *nr_unix_send_at_(nr_stream *s, const void *buf, size_t len,
                                      const int *fds, int nfds,
                                      const char *place)
{
    int error = nr_unix_check(s, "nr_unix_send on a closed stream", place);
    if (!error &&
        (nfds < 0 || nfds > NR_UNIX_FDS_MAX || (nfds > 0 && len == 0)))
        error = -EINVAL;
    if (error || len == 0)
        return nr_size_at_once(error);
    unix_pass *f = unix_pass_new(&unix_pass_send_ops, s, NR_WRITING, buf, len);
    if (!f)
        return NULL;
    f->fds = (int *)fds;
    f->nfds = nfds;
    return &f->face;
}

nr_unix_send_future *(nr_unix_send)(nr_stream *s, const void *buf, size_t len,
                                    const int *fds, int nfds)
{
    return nr_unix_send_at_(s, buf, len, fds, nfds, NULL);
}

/* A read of no bytes would be told of no end, and so has no descriptors. */
nr_unix_recv_future *nr_unix_recv_at_(nr_stream *s, void *buf, size_t len,
                                      int *fds, int *nfds, const char *place)
{
    int error = nr_unix_check(s, "nr_unix_recv on a closed stream", place);
    if (!error && *nfds < 0)
        error = -EINVAL;
    if (!error && len == 0)
        *nfds = 0;
    if (error || len == 0)
        return nr_size_at_once(error);
    unix_pass *f = unix_pass_new(&unix_pass_recv_ops, s, NR_READING, buf, len);
    if (!f)
        return NULL;
    f->fds = fds;
    f->received = nfds;
    return &f->face;
}

nr_unix_recv_future *(nr_unix_recv)(nr_stream *s, void *buf, size_t len,
                                    int *fds, int *nfds)
{
    return nr_unix_recv_at_(s, buf, len, fds, nfds, NULL);
}
