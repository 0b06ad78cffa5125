#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# readme_test.sh README PROGRAM ...: runs the programs, which are all that the
# README shows.
set -euo pipefail
shown=$(grep -c '^```c$' "$1")
shift
[ "$shown" = "$#" ] || {
    echo "the README shows $shown programs, $# are tested"
    exit 1
}
for program in "$@"; do
    echo "== $program"
    "$program"
done
