/* SPDX-License-Identifier: MIT */

/*
 * Text to address, strictly, and back: the library's own readers (inet_aton,
 * strtoul) take octal, blanks and signs, and differ from system to system.
 */

#include "nanorun/io/addr.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { ADDR_GROUPS = 8 }; /* of 16 bits each, in an IPv6 address */

uint16_t nr_addr_port(const nr_addr *a)
{
    return a->port_;
}

/* ---- address to text ---- */

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

/* ---- text to address ---- */

/* Each function below reads one thing at *at, moves *at behind it and returns
 * true. Where the thing is not there it returns false, and *at no longer
 * matters, as nothing is ever tried twice from the same place. */

static bool addr_skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool addr_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit, or -1. */
static int addr_hex_value(char c)
{
    if (addr_is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool addr_read_number(const char **at, uint32_t max, uint32_t *out)
{
    uint64_t value = 0;
    if (!addr_is_digit(**at))
        return false;
    for (; addr_is_digit(**at); ++*at) {
        value = value * 10 + (uint64_t)(**at - '0');
        if (value > max)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}

/* Four decimal numbers. A leading zero is refused: some read it as octal. */
static bool addr_read_ipv4(const char **at, uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        uint32_t value;
        if (i > 0 && !addr_skip(at, '.'))
            return false;
        if (**at == '0' && addr_is_digit((*at)[1]))
            return false;
        if (!addr_read_number(at, 255, &value))
            return false;
        ip[i] = (uint8_t)value;
    }
    return true;
}

/* One to four hexadecimal digits. */
static bool addr_read_group(const char **at, uint8_t out[2])
{
    unsigned value = 0;
    int digits = 0;
    for (; addr_hex_value(**at) >= 0; ++*at) {
        if (++digits > 4)
            return false;
        value = value << 4 | (unsigned)addr_hex_value(**at);
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)(value & 0xff);
    return digits > 0;
}

/* Whether an IPv4 address is next and not a group: its first dot comes before
 * anything that is not a digit. */
static bool addr_is_ipv4_next(const char *at)
{
    while (addr_is_digit(*at))
        at++;
    return *at == '.';
}

/* RFC 4291 section 2.2: eight groups, the last two maybe as IPv4, or fewer
 * with one double colon that stands for one or more groups of zeros: it was
 * found behind the first `gap` groups. */
static bool addr_read_ipv6(const char **at, uint8_t ip[16])
{
    int n = 0;
    int gap = -1;
    if (addr_skip(at, ':')) {
        if (!addr_skip(at, ':'))
            return false;
        gap = 0;
    }
    while (n != gap || addr_hex_value(**at) >= 0) {
        if (n <= ADDR_GROUPS - 2 && addr_is_ipv4_next(*at)) {
            if (!addr_read_ipv4(at, ip + 2 * n))
                return false;
            n += 2;
            break;
        }
        if (!addr_read_group(at, ip + 2 * n))
            return false;
        if (++n == ADDR_GROUPS || !addr_skip(at, ':'))
            break;
        if (gap < 0 && addr_skip(at, ':'))
            gap = n;
    }
    if (gap < 0 || n == ADDR_GROUPS)
        return gap < 0 && n == ADDR_GROUPS;
    memmove(ip + 2 * (ADDR_GROUPS - n + gap), ip + 2 * gap,
            (size_t)(2 * (n - gap)));
    memset(ip + 2 * gap, 0, (size_t)(2 * (ADDR_GROUPS - n)));
    return true;
}

static bool addr_read_ip(const char **at, nr_addr *out)
{
    if (!addr_skip(at, '['))
        return addr_read_ipv4(at, out->ip_);
    out->is_v6_ = 1;
    if (!addr_read_ipv6(at, out->ip_))
        return false;
    if (addr_skip(at, '%') &&
        !addr_read_number(at, UINT32_MAX, &out->scope_id_))
        return false;
    return addr_skip(at, ']');
}

int nr_addr_parse(nr_addr *out, const char *text)
{
    nr_addr a = {{0}, 0, 0, 0};
    uint32_t port;
    if (!addr_read_ip(&text, &a) || !addr_skip(&text, ':') ||
        !addr_read_number(&text, UINT16_MAX, &port) || *text)
        return -EINVAL;
    a.port_ = (uint16_t)port;
    *out = a;
    return 0;
}
