/* SPDX-License-Identifier: MIT */
/*
 * libuv: callbacks on one loop. Its users' fast path: several datagrams with
 * one system call (UV_UDP_RECVMMSG), and uv_udp_try_send, which sends one at
 * once and allocates nothing. Built by run_udp.py with Debian's libuv1-dev.
 */

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

/* libuv gives each datagram 64 KiB of the buffer, and takes up to 20. */
enum { BATCH = 20, ROOM = 65536 };

static void die_if(int error, const char *what)
{
    if (error < 0) {
        fprintf(stderr, "libuv: %s: %s\n", what, uv_strerror(error));
        exit(EXIT_FAILURE);
    }
}

static void lend_buffer(uv_handle_t *handle, size_t size, uv_buf_t *out)
{
    static char buf[BATCH * ROOM];
    (void)handle;
    (void)size;
    *out = uv_buf_init(buf, sizeof buf);
}

static void echo(uv_udp_t *udp, ssize_t n, const uv_buf_t *got,
                 const struct sockaddr *from, unsigned flags)
{
    (void)flags;
    die_if((int)n, "receive");
    if (!from) /* no datagram: the socket is empty, or the buffer is free */
        return;
    uv_buf_t buf = uv_buf_init(got->base, (unsigned)n);
    /* A full queue would be an error here, and the load fails: it waits for
     * each datagram. */
    die_if(uv_udp_try_send(udp, &buf, 1, from), "send");
}

int main(void)
{
    uv_loop_t *loop = uv_default_loop();
    uv_udp_t udp;
    struct sockaddr_in at;
    int at_len = sizeof at;
    die_if(uv_udp_init_ex(loop, &udp, AF_INET | UV_UDP_RECVMMSG), "init");
    die_if(uv_ip4_addr("127.0.0.1", 0, &at), "uv_ip4_addr");
    die_if(uv_udp_bind(&udp, (struct sockaddr *)&at, 0), "bind");
    die_if(uv_udp_recv_start(&udp, lend_buffer, echo), "recv_start");
    die_if(uv_udp_getsockname(&udp, (struct sockaddr *)&at, &at_len),
           "getsockname");
    printf("listening on port %d\n", ntohs(at.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
