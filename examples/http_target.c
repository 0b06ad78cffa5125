/* SPDX-License-Identifier: MIT */
#include "examples/http_target.h"

#include <ctype.h>
#include <string.h>

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, tolower((unsigned char)c), 16);
    return at ? (int)(at - digits) : -1;
}

/* The byte that "%41" stands for, or -1. */
static int decode_byte(const char *at, size_t size)
{
    if (size < 3 || hex_value(at[1]) < 0 || hex_value(at[2]) < 0)
        return -1;
    return 16 * hex_value(at[1]) + hex_value(at[2]);
}

static int decode_path(http_text path, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < path.size; i++) {
        int byte = (unsigned char)path.at[i];
        if (byte > 0x7e || byte == '#')
            return 400;
        if (byte == '%') {
            byte = decode_byte(path.at + i, path.size - i);
            i += 2;
        }
        if (byte < 0x20 || byte == 0x7f)
            return 400;
        if (size == HTTP_PATH_MAX - 1)
            return 414;
        out[size++] = (char)byte;
    }
    out[size] = 0;
    return 200;
}

/* A target may come as "http://host/path" too: for proxies, but every server
 * has to take it (RFC 9112, section 3.2.2). Returns it without its host. */
static http_text skip_host(http_text target)
{
    if (target.size < 7 ||
        !http_text_is_nocase((http_text){target.at, 7}, "http://"))
        return target;
    target.at += 7;
    target.size -= 7;
    while (target.size > 0 && *target.at != '/' && *target.at != '?') {
        target.at++;
        target.size--;
    }
    if (target.size > 0 && *target.at == '/')
        return target;
    return (http_text){"/", 1};
}

int http_target_decode(http_text target, char *out)
{
    http_text path;
    target = skip_host(target);
    http_text_take(&target, '?', &path);
    if (path.size == 0 || path.at[0] != '/')
        return 400;
    return decode_path(path, out);
}
