/* SPDX-License-Identifier: MIT */
#include "nanorun/io/addr.h"

#include <errno.h>
#include <string.h>

enum { ADDR_GROUPS = 8 }; /* of 16 bits each, in an IPv6 address */

uint16_t nr_addr_port(const nr_addr *a)
{
    return a->port_;
}

/* The functions below append to `at` and return where the text now ends. */

static char *addr_put_number(char *at, uint32_t value)
{
    char digits[10];
    int n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (n)
        *at++ = digits[--n];
    return at;
}

static char *addr_put_ipv4(char *at, const uint8_t *ip)
{
    for (int i = 0; i < 4; i++) {
        if (i)
            *at++ = '.';
        at = addr_put_number(at, ip[i]);
    }
    return at;
}

static unsigned addr_group(const uint8_t *ip, int i)
{
    return (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
}

static char *addr_put_group(char *at, unsigned value)
{
    int shift = 12;
    while (shift && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 15];
    return at;
}

/* Finds what :: replaces (RFC 5952 section 4.2): the longest run of at least
 * two zero groups, of equals the first. Returns its length, 0 for none. */
static int addr_find_zeros(const uint8_t *ip, int *start)
{
    int best = 1;
    for (int i = 0; i < ADDR_GROUPS; i++) {
        int len = 0;
        while (i + len < ADDR_GROUPS && !addr_group(ip, i + len))
            len++;
        if (len > best) {
            best = len;
            *start = i;
        }
        i += len;
    }
    return best > 1 ? best : 0;
}

/* The one prefix whose last half RFC 5952 section 5 wants to see as IPv4 and
 * that no configuration can give another meaning: ::ffff:0:0/96. */
static int addr_is_ipv4_mapped(const uint8_t *ip)
{
    static const uint8_t prefix[12] = {0, 0, 0, 0, 0,    0,
                                       0, 0, 0, 0, 0xff, 0xff};
    return !memcmp(ip, prefix, sizeof prefix);
}

static char *addr_put_ipv6(char *at, const uint8_t *ip)
{
    int start = ADDR_GROUPS;
    int zeros = addr_find_zeros(ip, &start);
    int mapped = addr_is_ipv4_mapped(ip);
    int end = mapped ? ADDR_GROUPS - 2 : ADDR_GROUPS;
    for (int i = 0; i < end;) {
        if (i == start) {
            *at++ = ':';
            *at++ = ':';
            i += zeros;
            continue;
        }
        if (i && i != start + zeros)
            *at++ = ':';
        at = addr_put_group(at, addr_group(ip, i++));
    }
    if (mapped) {
        *at++ = ':';
        at = addr_put_ipv4(at, ip + 12);
    }
    return at;
}

int nr_addr_format(const nr_addr *a, char *buf, size_t len)
{
    char text[NR_ADDR_TEXT_MAX];
    char *at = text;
    if (a->is_v6_) {
        *at++ = '[';
        at = addr_put_ipv6(at, a->ip_);
        if (a->scope_id_) {
            *at++ = '%';
            at = addr_put_number(at, a->scope_id_);
        }
        *at++ = ']';
    } else {
        at = addr_put_ipv4(at, a->ip_);
    }
    *at++ = ':';
    at = addr_put_number(at, a->port_);
    *at = '\0';
    size_t size = (size_t)(at - text) + 1;
    if (size > len)
        return -ENOSPC;
    memcpy(buf, text, size);
    return (int)(size - 1);
}
