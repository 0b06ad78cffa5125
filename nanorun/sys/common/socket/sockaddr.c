/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/common/socket/sockaddr.h"

#include <errno.h>
#include <string.h>

/* Both directions copy, because sockaddr_storage must not be read as another
 * type. */
socklen_t nr_sys_sockaddr_from(const nr_addr *from,
                               struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(from->port_)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(from->port_),
                              .sin6_scope_id = from->scope_id_};

    if (from->is_v6_) {
        memcpy(&v6.sin6_addr, from->ip_, sizeof v6.sin6_addr);
        memcpy(out, &v6, sizeof v6);
        return sizeof v6;
    }
    memcpy(&v4.sin_addr, from->ip_, sizeof v4.sin_addr);
    memcpy(out, &v4, sizeof v4);
    return sizeof v4;
}

int nr_sys_sockaddr_to(const struct sockaddr_storage *from, nr_addr *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (from->ss_family != AF_INET && from->ss_family != AF_INET6)
        return -EAFNOSUPPORT;
    memset(out, 0, sizeof *out);
    if (from->ss_family == AF_INET6) {
        memcpy(&v6, from, sizeof v6);
        memcpy(out->ip_, &v6.sin6_addr, sizeof v6.sin6_addr);
        out->scope_id_ = v6.sin6_scope_id;
        out->port_ = ntohs(v6.sin6_port);
        out->is_v6_ = 1;
    } else {
        memcpy(&v4, from, sizeof v4);
        memcpy(out->ip_, &v4.sin_addr, sizeof v4.sin_addr);
        out->port_ = ntohs(v4.sin_port);
    }
    return 0;
}
