#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# readme_test.sh README PROGRAM ...: runs the programs, which are all that the
# README shows; Windows ones under Wine (tools/wine_run).
set -euo pipefail
shown=$(grep -c '^```c$' "$1")
shift
[ "$shown" = "$#" ] || {
    echo "the README shows $shown programs, $# are tested"
    exit 1
}
for program in "$@"; do
    echo "== $program"
    ${WINE_RUN:-} "$program"
done
