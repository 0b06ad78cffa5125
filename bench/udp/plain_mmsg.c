/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
/*
 * plain_mmsg: the floor of every datagram server. It sends back what arrives,
 * up to 64 datagrams with two system calls, and waits in the first of them: no
 * loop over events, no runtime.
 */

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "bench/net/net.h"

enum { BATCH = 64, ROOM = 2048 };

static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];
static struct sockaddr_in peers[BATCH];
static char data[BATCH][ROOM];

static int receive(int fd)
{
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){data[i], sizeof data[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                              .msg_namelen = sizeof peers[i],
                                              .msg_iov = &vectors[i],
                                              .msg_iovlen = 1};
    }
    int n = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (n < 0 && errno != EINTR)
        net_die("recvmmsg");
    return n;
}

int main(void)
{
    int fd = net_serve(SOCK_DGRAM, 0);
    for (;;) {
        int count = receive(fd);
        for (int i = 0; i < count; i++)
            vectors[i].iov_len = messages[i].msg_len;
        for (int sent = 0; sent < count;) {
            int n = sendmmsg(fd, messages + sent, (unsigned)(count - sent), 0);
            if (n < 0 && errno != EINTR)
                net_die("sendmmsg");
            if (n > 0)
                sent += n;
        }
    }
}
