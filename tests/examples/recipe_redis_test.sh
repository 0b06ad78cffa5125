#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recipe for hiredis, against a redis-server of its own.
source "$(dirname "$0")/servers.sh"
need redis-server timeout
count=$1

# The path of a Unix socket is short, and TEST_TMPDIR is not.
dir=$(mktemp -d /tmp/nanorun_redis.XXXXXX)
trap 'stop_children; wait; rm -rf "$dir"' EXIT

exec {server_out}< <(exec redis-server --port 0 --unixsocket "$dir/socket" \
    --dir "$dir" --save '' --appendonly no --daemonize no)
children+=($!)
while IFS= read -r -t 60 line <&"$server_out"; do
    [[ $line != *'ready to accept connections at'* ]] || break
done
[ -S "$dir/socket" ] || fail "redis-server does not listen"
# What it says from here on is read, so that it can go on.
cat <&"$server_out" >/dev/null &
children+=($!)

expect "one task" 7 timeout 60 "$count" "$dir/socket" 1 7
expect "a hundred tasks" 1007 timeout 60 "$count" "$dir/socket" 100 10

status=0
timeout 60 "$count" "$dir/none" 1 1 2>"$TEST_TMPDIR/err" || status=$?
failed "nobody listens" "$status"
equal "what it says" "$(<"$TEST_TMPDIR/err")" "redis: No such file or directory"
