#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# udp_echo with nc as its client, and with socat where there is one.
source "$(dirname "$0")/servers.sh"
need nc timeout
server=$1

# ask HOST: sends stdin as one datagram and prints the one that comes back.
ask() {
    timeout 60 nc -u -W 1 "$1" "$port"
}

start_server "$server" 127.0.0.1:0
[[ $address == 127.0.0.1:* && $port -gt 0 ]] || fail "address: $address"

expect "a datagram" hello ask 127.0.0.1 <<<hello
expect "another client's" again ask 127.0.0.1 <<<again

# More clients than a call takes, each with an answer of its own.
pids=()
for i in {1..40}; do
    ask 127.0.0.1 <<<"client $i" >"$TEST_TMPDIR/answer$i" &
    pids+=($!)
done
for i in {1..40}; do
    wait "${pids[i - 1]}" || fail "client $i"
    equal "client $i" "$(<"$TEST_TMPDIR/answer$i")" "client $i"
done

# Larger than the room of a datagram: cut off.
long=$(printf '%03000d' 7)
expect "the beginning" "${long:0:2048}" ask 127.0.0.1 <<<"$long"

if command -v socat >/dev/null; then
    expect "socat" hello timeout 60 socat -T 1 - "UDP:127.0.0.1:$port" <<<hello
fi

# What cannot be served is said on stderr, and in the exit status.
refuse() {
    local status=0 said
    said=$(timeout 60 $run "$server" "$@" 2>&1) || status=$?
    failed "of '$*'" "$status"
    [[ $said == *"$wanted"* ]] || fail "'$*' said '$said', not '$wanted'"
}
wanted=EADDRINUSE refuse "$address"
wanted=EINVAL refuse localhost:domain
wanted=usage refuse 127.0.0.1:0 127.0.0.1:0

start_server "$server" '[::1]:0'
expect "IPv6" six ask ::1 <<<six
