#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Where nanorun has no sockets, a program that asks for them gets one error, and
# it is plain.
set -euo pipefail
. tests/compile/compilers.sh
find_compilers gcc clang

program='#include "nanorun/io/tcp.h"
int main(void) { nr_stream_close(0); }'
expected='error: "nanorun has no sockets on this system, '
expected+='so no nanorun/io/stream.h"'

for compiler in "${compilers[@]}"; do
    if errors=$("$compiler" -std=c11 -Wall -I. -DNR_NO_SOCKETS -xc - \
        -o /dev/null -c <<<"$program" 2>&1); then
        echo "$compiler: it compiles"
        exit 1
    fi
    errors=$(grep 'error:' <<<"$errors" | sed 's/#error "/"/; s/.*error:/error:/')
    [ "$errors" = "$expected" ] || {
        printf '%s: %s\n' "$compiler" "$errors"
        exit 1
    }
done
