/* SPDX-License-Identifier: MIT */

/* Here it is too late when a source asks for this itself. */
#define _GNU_SOURCE

#include "tests/unity/sources.inc"
