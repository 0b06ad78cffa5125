/* SPDX-License-Identifier: MIT */

/* Defined here because a definition in one of the sources would come too
 * late. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64

#include "tests/unity/sources.inc"
