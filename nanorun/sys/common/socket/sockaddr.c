/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/common/socket/sockaddr.h"

#include <errno.h>
#include <string.h>

/* Copies on both ways, as sockaddr_storage may not be read as another type. */
socklen_t nr_sys_sockaddr_from(const nr_sys_addr *from,
                               struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(from->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(from->port),
                              .sin6_scope_id = from->scope_id};

    if (from->is_v6) {
        memcpy(&v6.sin6_addr, from->ip, sizeof(v6.sin6_addr));
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    memcpy(&v4.sin_addr, from->ip, sizeof(v4.sin_addr));
    memcpy(out, &v4, sizeof(v4));
    return sizeof(v4);
}

int nr_sys_sockaddr_to(const struct sockaddr_storage *from, nr_sys_addr *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (from->ss_family != AF_INET && from->ss_family != AF_INET6)
        return -EAFNOSUPPORT;
    memset(out, 0, sizeof(*out));
    if (from->ss_family == AF_INET6) {
        memcpy(&v6, from, sizeof(v6));
        memcpy(out->ip, &v6.sin6_addr, sizeof(v6.sin6_addr));
        out->scope_id = v6.sin6_scope_id;
        out->port = ntohs(v6.sin6_port);
        out->is_v6 = 1;
    } else {
        memcpy(&v4, from, sizeof(v4));
        memcpy(out->ip, &v4.sin_addr, sizeof(v4.sin_addr));
        out->port = ntohs(v4.sin_port);
    }
    return 0;
}
