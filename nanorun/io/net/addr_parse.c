/* SPDX-License-Identifier: MIT */
#include "nanorun/io/addr.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/*
 * Text to address, strictly: the library's own readers (inet_aton, strtoul)
 * take octal, blanks and signs, and differ from system to system.
 *
 * Each function below reads one thing at *at, moves *at behind it and returns
 * true; where the thing is not there it returns false, and *at no longer
 * matters, as nothing is ever tried twice from the same place.
 */

enum { ADDR_PARSE_GROUPS = 8 }; /* of 16 bits each, in an IPv6 address */

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
        if (n <= ADDR_PARSE_GROUPS - 2 && addr_is_ipv4_next(*at)) {
            if (!addr_read_ipv4(at, ip + 2 * n))
                return false;
            n += 2;
            break;
        }
        if (!addr_read_group(at, ip + 2 * n))
            return false;
        if (++n == ADDR_PARSE_GROUPS || !addr_skip(at, ':'))
            break;
        if (gap < 0 && addr_skip(at, ':'))
            gap = n;
    }
    if (gap < 0 || n == ADDR_PARSE_GROUPS)
        return gap < 0 && n == ADDR_PARSE_GROUPS;
    memmove(ip + 2 * (ADDR_PARSE_GROUPS - n + gap), ip + 2 * gap,
            (size_t)(2 * (n - gap)));
    memset(ip + 2 * gap, 0, (size_t)(2 * (ADDR_PARSE_GROUPS - n)));
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
