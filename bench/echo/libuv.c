/* SPDX-License-Identifier: MIT */
/*
 * libuv: callbacks on one loop, the way of C before async/await. Its users'
 * fast path: one buffer for all reads, as each is answered before the next
 * one, and uv_try_write, which writes at once and allocates nothing. Against
 * plain_epoll it shows what a portable loop costs. Built by run_echo.py with
 * Debian's libuv1-dev.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BACKLOG = 4096, BUF_SIZE = 65536 };

/* What uv_try_write left over, until it is written. */
typedef struct rest {
    uv_write_t request;
    char data[];
} rest;

static void die_if(int error, const char *what)
{
    if (error) {
        fprintf(stderr, "libuv: %s: %s\n", what, uv_strerror(error));
        exit(EXIT_FAILURE);
    }
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    static char buf[BUF_SIZE];
    (void)handle;
    (void)size;
    *out = uv_buf_init(buf, sizeof buf);
}

static void free_rest(uv_write_t *request, int status)
{
    (void)status; /* the next read tells of a broken connection, too */
    free(request);
}

static void write_rest(uv_stream_t *peer, const char *data, size_t len)
{
    rest *r = malloc(sizeof *r + len);
    if (!r)
        die_if(UV_ENOMEM, "malloc");
    memcpy(r->data, data, len);
    uv_buf_t buf = uv_buf_init(r->data, (unsigned)len);
    if (uv_write(&r->request, peer, &buf, 1, free_rest) != 0)
        free(r);
}

static void echo(uv_stream_t *peer, ssize_t n, const uv_buf_t *got)
{
    if (n < 0) {
        uv_close((uv_handle_t *)peer, free_handle);
        return;
    }
    if (n == 0)
        return;
    uv_buf_t buf = uv_buf_init(got->base, (unsigned)n);
    int written = uv_try_write(peer, &buf, 1);
    if (written < 0)
        written = 0;
    if (written < n)
        write_rest(peer, got->base + written, (size_t)(n - written));
}

static void accept_one(uv_stream_t *listener, int status)
{
    die_if(status, "listen");
    uv_tcp_t *peer = malloc(sizeof *peer);
    if (!peer)
        die_if(UV_ENOMEM, "malloc");
    die_if(uv_tcp_init(listener->loop, peer), "uv_tcp_init");
    die_if(uv_accept(listener, (uv_stream_t *)peer), "uv_accept");
    die_if(uv_read_start((uv_stream_t *)peer, lend_buffer, echo), "read");
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_tcp_t listener;
    struct sockaddr_in at;
    int at_len = sizeof at;
    die_if(uv_tcp_init(loop, &listener), "uv_tcp_init");
    die_if(uv_ip4_addr("127.0.0.1", 0, &at), "uv_ip4_addr");
    die_if(uv_tcp_bind(&listener, (struct sockaddr *)&at, 0), "bind");
    die_if(uv_listen((uv_stream_t *)&listener, BACKLOG, accept_one), "listen");
    die_if(uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &at_len),
           "getsockname");
    printf("listening on port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
