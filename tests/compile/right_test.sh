#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles every right program it is given, without a warning, as C11 and as
# GNU C11 in both lowerings, unoptimized and optimized; one with the line
# "also: c++17" as C++17, too.
set -euo pipefail
. tests/compile/compilers.sh

strict=(-Wall -Wextra -Wshadow -Wconversion -Wpedantic -Werror -I.)
failures=0
checks=0

check() {
    checks=$((checks + 1))
    "$@" "${strict[@]}" -o /dev/null || {
        failures=$((failures + 1))
        echo "refused: $*" >&2
    }
}

check_all() {
    local file=$1 compiler lowering level standard
    shift
    for compiler in "${compilers[@]}"; do
        for lowering in goto switch; do
            for level in -O0 -O2; do
                for standard in "$@"; do
                    # shellcheck disable=SC2046
                    check "$compiler" $standard $level \
                        $(lowering_flag "$lowering") -c "$file"
                done
            done
        done
    done
}

find_compilers gcc clang
for file in "$@"; do
    check_all "$file" -std=c11 -std=gnu11
done
find_compilers g++ clang++
for file in "$@"; do
    if [ "$(header_of also "$file")" = "c++17" ]; then
        check_all "$file" "-x c++ -std=c++17"
    fi
done
echo "$checks checks, $failures failures"
[ "$checks" -gt 0 ] && [ "$failures" -eq 0 ]
