#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles every wrong program it is given. Each must be reported, by the words
# of its "expect" line, and the first line of the report must name a line of the
# program that ends in "here". A "where" line names the configurations
# (compiler-lowering-optimization) that see the mistake; without one all do.
set -euo pipefail
. tests/compile/compilers.sh
find_compilers gcc clang

failures=0
checks=0
complain() {
    failures=$((failures + 1))
    printf '%s\n' "$@" >&2
}

check() {
    local file=$1 expected=$2 config=$3
    local compiler lowering level output first line
    IFS=- read -r compiler lowering level <<<"$config"
    checks=$((checks + 1))
    # shellcheck disable=SC2046
    if output=$("$compiler" -std=c11 -Wall -Werror "-$level" -I. \
        -U_FORTIFY_SOURCE \
        $(lowering_flag "$lowering") -c "$file" -o /dev/null 2>&1); then
        complain "$config: $file compiles"
        return
    fi
    first=$(grep -m 1 -E ':[0-9]+: (fatal )?error: ' <<<"$output" || true)
    line=${first#"$file":}
    sed -n "${line%%:*}p" "$file" 2>/dev/null | grep -q '/\* here \*/$' ||
        complain "$config: $file: the first line is elsewhere:" "$output"
    grep -q -E "$expected" <<<"$first" ||
        complain "$config: $file: not about \"$expected\":" "$output"
}

for file in "$@"; do
    expected=$(header_of expect "$file")
    where=$(header_of where "$file")
    [ -n "$expected" ] || complain "$file: no expect line"
    checks_before=$checks
    for compiler in "${compilers[@]}"; do
        for config in "$compiler"-{goto,switch}-{O0,O2}; do
            set -f
            for pattern in ${where:-*}; do
                # shellcheck disable=SC2254
                case $config in
                $pattern) check "$file" "$expected" "$config" ;;
                esac
            done
            set +f
        done
    done
    [ "${#compilers[@]}" -lt 2 ] || [ "$checks" -gt "$checks_before" ] ||
        complain "$file: \"$where\" names no configuration"
done
echo "$checks checks, $failures failures"
[ "$checks" -gt 0 ] && [ "$failures" -eq 0 ]
