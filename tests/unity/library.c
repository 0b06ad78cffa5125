/* SPDX-License-Identifier: MIT */

/* Defined here because a definition in one of the sources would come too
 * late. */
#define _GNU_SOURCE

#include "tests/unity/sources.inc"
