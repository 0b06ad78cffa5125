#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# frames_test.sh FRAMES PROGRAM: tools/frames says of a program what the program
# says of itself, by sizeof, and refuses what is none.
set -euo pipefail
diff <("$2") <("$1" "$2")
if "$1" "$0" 2>refusal; then
    echo "took a script for a program" >&2
    exit 1
fi
grep -q 'no little-endian ELF file' refusal
