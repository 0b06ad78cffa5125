/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_ADDR_H
#define NANORUN_IO_ADDR_H

/*
 * IP addresses with a port: parsing and formatting. No names are looked up.
 *
 * "0.0.0.0:80" stands for all IPv4 addresses of the host, and "[::]:80" for all
 * its IPv6 addresses only: on no system does a listener at "[::]:80" accept a
 * connection over IPv4. A server for both listens at both.
 */

#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/ip.h" /* nr_addr, a value: copy it freely */

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_ADDR_TEXT_MAX = 72 }; /* bytes that any formatted address fits in */

/* Parses "127.0.0.1:80" or "[::1]:80". IPv4 is four decimal numbers without
 * leading zeros; IPv6 is any form of RFC 4291, section 2.2; a scope is a
 * number, as in "[fe80::1%2]:80"; the port is 0 to 65535, without sign or
 * blanks. Returns 0, or -EINVAL and leaves *out untouched. Threads: any. */
int nr_addr_parse(nr_addr *out, const char *text);

/* Writes the text of `a` and a zero byte to buf; IPv6 has the canonical form of
 * RFC 5952. Returns the length without the zero byte, or -ENOSPC and leaves buf
 * untouched if `len` is too small. Threads: any. */
int nr_addr_format(const nr_addr *a, char *buf, size_t len);

/* The port. Threads: any. */
uint16_t nr_addr_port(const nr_addr *a);

#ifdef __cplusplus
}
#endif

#endif
