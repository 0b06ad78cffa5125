#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recipe for libcurl, against http_server.
source "$(dirname "$0")/servers.sh"
need timeout seq
fetch=$1 server=$2

site=$TEST_TMPDIR/site
mkdir -p "$site"
for i in $(seq 1 30); do
    head -c $((i * 10000)) /dev/zero >"$site/$i.txt"
done
start_server "$server" 127.0.0.1:0 "$site"

urls=()
expected=
for i in $(seq 1 30); do
    urls+=("http://$address/$i.txt")
    expected+="http://$address/$i.txt: 200, $((i * 10000)) bytes"$'\n'
done
expect "thirty at once" "${expected%$'\n'}" timeout 60 "$fetch" "${urls[@]}"

# What fails is said, beside what does not.
status=0
timeout 60 "$fetch" "${urls[0]}" "http://$address/none" http://127.0.0.1:1/ \
    >"$TEST_TMPDIR/out" || status=$?
failed "a page that is not there" "$status"
mapfile -t lines <"$TEST_TMPDIR/out"
equal "the first" "${lines[0]}" "${urls[0]}: 200, 10000 bytes"
[[ ${lines[1]} == "http://$address/none: 404, "* ]] || fail "${lines[1]}"
[[ ${lines[2]} == "http://127.0.0.1:1/: "*onnect* ]] || fail "${lines[2]}"
