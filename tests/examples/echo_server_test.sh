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

# Unix sockets, of which Wine has none.
if [[ $run ]]; then
    wanted=EAFNOSUPPORT refuse /tmp/echo
    exit
fi
# In a directory of its own: the test's may be too long for a name.
dir=$(mktemp -d /tmp/echo.XXXXXX)
trap 'stop_children; rm -rf "$dir"' EXIT
start_server "$server" "$dir/echo"
equal "the address" "$address" "$dir/echo"
expect "a line by a path" path timeout 60 nc -NU "$dir/echo" <<<path
timeout 60 nc -NU "$dir/echo" <"$TEST_TMPDIR/sent" |
    cmp "$TEST_TMPDIR/sent" - || fail "much by a path"
wanted=EADDRINUSE refuse "$dir/echo"
expect "it is still there" still timeout 60 nc -NU "$dir/echo" <<<still
# A server that was killed leaves its file to the next one.
kill -KILL "$server_pid"
status=0
wait "$server_pid" 2>/dev/null || status=$?
equal "the killed server's status" "$status" 137
[[ -S $dir/echo ]] || fail "a killed server removed its file"
start_server "$server" "$dir/echo"
expect "its successor" next timeout 60 nc -NU "$dir/echo" <<<next
start_server "$server" "@$dir"
expect "an abstract name" abstract timeout 60 nc -NU "@$dir" <<<abstract
touch "$dir/file"
wanted=EADDRINUSE refuse "$dir/file"
