#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tools/wine_run passes on how a program ended, and no crash as a success.
set -euo pipefail
program=$1

# status_of COMMAND ...: its exit status.
status_of() {
    local status=0
    "$@" || status=$?
    echo "$status"
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

for status in 0 7; do
    got=$(status_of "$WINE_RUN" "$program" "$status")
    [ "$got" = "$status" ] || fail "exit status $got, not $status"
done
for how in crash abort; do
    got=$(status_of "$WINE_RUN" "$program" "$how")
    [ "$got" != 0 ] || fail "$how counts as a success"
done

# What should have written a report, and ended well without, did not end well.
export XML_OUTPUT_FILE=$TEST_TMPDIR/report.xml
got=$(status_of "$WINE_RUN" "$program" 0)
[ "$got" != 0 ] || fail "a missing report counts as a success"
echo '<testsuites/>' >"$XML_OUTPUT_FILE"
got=$(status_of "$WINE_RUN" "$program" 0)
[ "$got" = 0 ] || fail "exit status $got with a report"

# No prefix is left behind.
! compgen -G "$TEST_TMPDIR/prefix.*" >/dev/null || fail "a prefix was left"
