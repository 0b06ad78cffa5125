#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# extract.sh README DIR: writes each C program of the README to DIR, under the
# name in its first line, /* name.c */.
set -euo pipefail
awk -v dir="$2" '
    /^```c$/ { inside = 1; next }
    /^```$/ { inside = 0; file = ""; next }
    inside && file == "" { file = dir "/" $2 }
    inside { print >file }
' "$1"
