/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_ADDR_H
#define NANORUN_IO_ADDR_H

/*
 * IP addresses with a port: text to address and back. No names are looked up.
 *
 * "0.0.0.0:80" stands for all IPv4 addresses of the host, and "[::]:80" for all
 * its IPv6 addresses and for no other: a listener there gets no connection over
 * IPv4, on any system. A server for both listens at both.
 */

#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/ip.h" /* nr_addr, a value: copy it freely */

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_ADDR_TEXT_MAX = 72 }; /* bytes that any formatted address fits in */

/* Reads "127.0.0.1:80" or "[::1]:80"; the port is 0 to 65535, without sign or
 * blanks; a scope is a number, "[fe80::1%2]:80". Four decimal numbers without
 * leading zeros; IPv6 as RFC 4291 section 2.2 has it, all its forms. Returns
 * 0, or -EINVAL and leaves *out alone. Threads: any. */
int nr_addr_parse(nr_addr *out, const char *text);

/* Writes the text of `a`, IPv6 in the canonical form of RFC 5952, and its zero
 * byte to buf. Returns its length without the zero byte, or -ENOSPC and leaves
 * buf alone when it does not fit. Threads: any. */
int nr_addr_format(const nr_addr *a, char *buf, size_t len);

/* The port. Threads: any. */
uint16_t nr_addr_port(const nr_addr *a);

#ifdef __cplusplus
}
#endif

#endif
