#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compares the worked example of nanorun/rt/future.h, in its comment, with the
# copy in tests/rt/future_example.c that is compiled and run.
set -euo pipefail
header=nanorun/rt/future.h
copy=tests/rt/future_example.c

# The example is what the comment indents by five columns, up to the AWAIT that
# shows its use.
in_header() {
    sed -n '/one-shot event that any thread can set/,/AWAIT(event_wait/p' \
        "$header" | sed -e '1d' -e '$d' -e 's/^ \*     //' -e 's/^ \*$//'
}

in_copy() {
    sed -n '/example begins/,/example ends/p' "$copy" |
        grep -v -e 'example begins' -e 'example ends' -e 'clang-format'
}

without_blank_ends() {
    awk 'NF { for (; blank; blank--) if (seen) print ""; print; seen = 1; next }
         { blank++ }'
}

in_header | without_blank_ends >"$TEST_TMPDIR/in_header"
in_copy | without_blank_ends >"$TEST_TMPDIR/in_copy"
[ "$(wc -l <"$TEST_TMPDIR/in_header")" -gt 50 ]
diff -u "$TEST_TMPDIR/in_header" "$TEST_TMPDIR/in_copy"
grep -q 'AWAIT(event_wait(&self->x->e));' "$copy"
