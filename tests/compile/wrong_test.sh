#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles every wrong program it is given. Each must be reported, by the words
# of its "expect" line, and the first line of the report must name a line of the
# program that ends in "here", or, where there is the line "named by: a note",
# the first line about the program. A "where" line names the configurations
# (compiler-lowering-optimization) that see the mistake; without one all do. A
# program with the line "also: c++17" is compiled as C11 and as C++17, and one
# whose name ends in .cc as C++17 alone.
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
    local file=$1 expected=$2 config=$3 language=$4
    local compiler lowering level output first place line
    IFS=- read -r compiler lowering level <<<"$config"
    checks=$((checks + 1))
    # shellcheck disable=SC2046,SC2086
    if output=$("$compiler" $language -Wall -Werror "-$level" -I. \
        -U_FORTIFY_SOURCE \
        $(lowering_flag "$lowering") -c "$file" -o /dev/null 2>&1); then
        complain "$config: $file compiles, $language"
        return
    fi
    first=$(grep -m 1 -E ':[0-9]+: (fatal )?error: ' <<<"$output" || true)
    place=$first
    [ -z "$(header_of "named by" "$file")" ] ||
        place=$(grep -m 1 "^$file:[0-9]*:[0-9]*:" <<<"$output" || true)
    line=${place#"$file":}
    sed -n "${line%%:*}p" "$file" 2>/dev/null | grep -q '/\* here \*/$' ||
        complain "$config: $file: the first line is elsewhere:" "$output"
    grep -q -E "$expected" <<<"$first" ||
        complain "$config: $file: not about \"$expected\":" "$output"
}

# The options of each language that the file is to be compiled as.
languages_of() {
    [ "${1%.cc}" != "$1" ] || echo "-std=c11"
    if [ "${1%.cc}" != "$1" ] || [ "$(header_of also "$1")" = "c++17" ]; then
        echo "-x c++ -std=c++17"
    fi
}

for file in "$@"; do
    mapfile -t languages < <(languages_of "$file")
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
                $pattern)
                    for language in "${languages[@]}"; do
                        check "$file" "$expected" "$config" "$language"
                    done
                    ;;
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
