#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# echo_server with nc as its client.
source "$(dirname "$0")/servers.sh"
need nc timeout cmp
server=$1

start_server "$server" 127.0.0.1:0
[[ $address == 127.0.0.1:* && $port -gt 0 ]] || fail "address: $address"

expect "a line" hello exchange "$port" <<<hello
expect "nothing" "" exchange "$port" </dev/null

head -c 8000000 /dev/urandom >"$TEST_TMPDIR/sent"
pids=()
for i in 1 2 3 4; do
    exchange "$port" <"$TEST_TMPDIR/sent" >"$TEST_TMPDIR/echoed$i" &
    pids+=($!)
done
for i in 1 2 3 4; do
    wait "${pids[i - 1]}" || fail "client $i"
    cmp "$TEST_TMPDIR/sent" "$TEST_TMPDIR/echoed$i"
done

# What cannot be served is said on stderr, and in the exit status.
refuse() {
    local status=0 said
    said=$(timeout 60 $run "$server" "$@" 2>&1) || status=$?
    failed "of '$*'" "$status"
    [[ $said == *"$wanted"* ]] || fail "'$*' said '$said', not '$wanted'"
}
wanted=EADDRINUSE refuse "$address"
wanted=EINVAL refuse localhost:http
wanted=usage refuse 127.0.0.1:0 127.0.0.1:0

start_server "$server" '[::1]:0'
expect "IPv6" six timeout 60 nc -N ::1 "$port" <<<six
