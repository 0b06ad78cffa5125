/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_IP_H
#define NANORUN_SYS_IP_H

/* The type of an IP address with a port, for sys and io. Programs include
 * nanorun/io/addr.h. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A value: copy it freely. The fields are not for users, and bytes of `ip_`
 * that the family does not use are 0. */
typedef struct nr_addr {
    uint8_t ip_[16];    /* network order; the first 4 for IPv4 */
    uint32_t scope_id_; /* IPv6, else 0 */
    uint16_t port_;     /* host order */
    uint8_t is_v6_;
} nr_addr;

#ifdef __cplusplus
}
#endif

#endif
