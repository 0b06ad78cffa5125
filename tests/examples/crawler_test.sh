#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# crawler on a site of http_server's.
source "$(dirname "$0")/servers.sh"
need timeout sort
crawler=$1 server=$2

# Each of 100 pages links to two more, to itself and to the first.
site=$TEST_TMPDIR/site
mkdir -p "$site"
for i in $(seq 1 100); do
    for link in $((2 * i)) $((2 * i + 1)) "$i" 1; do
        [ "$link" -gt 100 ] || echo "<a href=\"/$link.html\">$link</a>"
    done >"$site/$i.html"
done

paths() {
    timeout 60 $run "$crawler" "$@" >"$TEST_TMPDIR/out" || return
    tr -d '\r' <"$TEST_TMPDIR/out" | awk '{ print $2 }' | sort
}

start_server "$server" 127.0.0.1:0 "$site"
expected=$(for i in $(seq 1 100); do echo "/$i.html"; done | sort)
expect "all pages, once each" "$expected" paths "$address" /1.html
expected=$(printf '%s\n' /1.html /100.html | sort)
rm "$site"/[2-9]*.html
echo '<a href="/100.html#end">last</a>' >"$site/1.html"
expect "the pages of the second site" "$expected" paths "$address" /1.html

# A link that leads nowhere is said, and is in the exit status.
echo '<a href="/missing.html">x</a>' >>"$site/1.html"
status=0
timeout 60 $run "$crawler" "$address" /1.html >"$TEST_TMPDIR/out" || status=$?
equal "exit status" "$status" 1
grep -q -- '-1 /missing.html' "$TEST_TMPDIR/out" || fail "not said"
