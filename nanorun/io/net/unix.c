/* SPDX-License-Identifier: MIT */
#include "nanorun/io/unix.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/net/connect.h"
#include "nanorun/io/net/listener.h"
#include "nanorun/io/net/unix_stream.h"
#include "nanorun/io/reactor/reactor.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/unix.h"

/* ---- listening ---- */

enum { UNIX_BACKLOG = 4096 };

typedef struct unix_file {
    nr_listener_file base; /* first: a file is cast to this */
    nr_sys_unix_file id;
    char path[];
} unix_file;

static void unix_file_remove(nr_listener_file *base)
{
    unix_file *file = (unix_file *)base;
    nr_sys_unix_unlink(file->path, &file->id);
    nr_sys_free(file);
}

static unix_file *unix_file_new(const char *path)
{
    size_t size = strlen(path) + 1;
    unix_file *file = nr_sys_alloc(sizeof *file + size);
    if (!file)
        return NULL;
    file->base.remove = unix_file_remove;
    memcpy(file->path, path, size);
    return file;
}

int nr_unix_listen(const char *path, const nr_unix_options *options_or_null,
                   nr_listener **out)
{
    nr_sys_unix_options o = {UNIX_BACKLOG, 0, false};
    nr_sys_socket s = -1; /* for GCC under -flto */
    if (options_or_null) {
        o.mode = options_or_null->mode;
        o.replace_stale = options_or_null->replace_stale;
    }
    if (o.mode & ~0777u)
        return -EINVAL;
    unix_file *file = unix_file_new(path);
    if (!file)
        return -ENOMEM;
    int error = nr_sys_unix_listen(path, &o, &s, &file->id);
    if (error) {
        nr_sys_free(file);
        return error;
    }
    error = nr_listener_open(s, &nr_unix_kind, &file->base, out);
    if (error) {
        unix_file_remove(&file->base);
        nr_sys_socket_close(s);
    }
    return error;
}

/* ---- connecting ---- */

/* Longer names are cut to one byte more than they may have. */
enum { UNIX_CONNECT_SIZE = NR_SYS_UNIX_NAME_MAX + 3 };

typedef struct unix_connect {
    nr_connect base; /* first: what the caller sees */
    char path[UNIX_CONNECT_SIZE];
} unix_connect;

static int unix_connect_start(nr_connect *base, nr_sys_socket *out)
{
    const unix_connect *f = (unix_connect *)base;
    int error = nr_sys_unix_open(out);
    if (error)
        return error;
    error = nr_sys_unix_connect(*out, f->path);
    if (error && error != -EINPROGRESS)
        nr_sys_socket_close(*out);
    return error;
}

static nr_poll unix_connect_poll(nr_future *self, nr_context *cx)
{
    return nr_connect_poll((nr_connect *)self, cx, unix_connect_start,
                           &nr_unix_kind);
}

static const nr_future_ops unix_connect_ops =
    NR_FUTURE_OPS(unix_connect, unix_connect_poll, NULL, nr_connect_drop);

nr_unix_connect_future *nr_unix_connect(const char *path, nr_stream **out)
{
    unix_connect *f = NR_FUTURE_NEW(unix_connect, &unix_connect_ops);
    if (!f)
        return NULL;
    size_t len = strlen(path);
    memcpy(f->path, path, len < sizeof f->path ? len : sizeof f->path - 1);
    f->base.out = out;
    return &f->base.face;
}

int nr_unix_pair(nr_stream *out[2])
{
    nr_registry *registry;
    nr_sys_socket sockets[2];
    nr_stream *first;
    int error = nr_reactor_registry(&registry);
    if (!error)
        error = nr_sys_unix_pair(sockets);
    if (error)
        return error;
    error = nr_socket_stream_open(registry, sockets[0], &nr_unix_kind, &first);
    if (error) {
        nr_sys_socket_close(sockets[0]);
    } else {
        error =
            nr_socket_stream_open(registry, sockets[1], &nr_unix_kind, &out[1]);
        if (error)
            nr_stream_close(first);
    }
    if (error)
        nr_sys_socket_close(sockets[1]);
    else
        out[0] = first;
    return error;
}
