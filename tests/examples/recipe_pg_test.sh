#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The recipe for libpq, against a PostgreSQL of its own.
source "$(dirname "$0")/servers.sh"
need timeout
query=$1

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || fail "this test needs a PostgreSQL server"
# The path of a Unix socket is short, and TEST_TMPDIR is not.
dir=$(mktemp -d /tmp/nanorun_pg.XXXXXX)
trap 'stop_children; wait; rm -rf "$dir"' EXIT

# PostgreSQL refuses to be root. In a namespace in which root is called
# postgres it is not, and that also works within the sandbox of a test, which
# has no other users.
as=()
if [ "$(id -u)" = 0 ]; then
    uid=$(id -u postgres)
    gid=$(id -g postgres)
    as=(unshare --user --map-user="$uid" --map-group="$gid")
    if ! "${as[@]}" true 2>/dev/null; then
        as=(setpriv --reuid="$uid" --regid="$gid" --clear-groups)
        chown "$uid:$gid" "$dir"
    fi
fi

"${as[@]}" "$bin/initdb" -D "$dir/data" -U nanorun --auth=trust --no-sync \
    --no-locale --encoding=UTF8 >"$TEST_TMPDIR/initdb" 2>&1 ||
    fail "initdb: $(<"$TEST_TMPDIR/initdb")"
exec {server_out}< <(exec "${as[@]}" "$bin/postgres" -D "$dir/data" -k "$dir" \
    -F -c listen_addresses= 2>&1)
children+=($!)
while IFS= read -r -t 60 line <&"$server_out"; do
    [[ $line != *'ready to accept connections'* ]] || break
done
# What it says from here on is read, so that it can go on.
cat <&"$server_out" >/dev/null &
children+=($!)

db="host=$dir user=nanorun dbname=postgres"
expect "rows of several questions" $'1|two\n3|four\n5' timeout 60 \
    "$query" "$db" "values (1, 'two'), (3, 'four')" 'select 5'
expect "a question of many results" $'1\n2' timeout 60 \
    "$query" "$db" 'select 1; create temp table t (i int); select 2'

# More than any buffer, in both directions.
printf -v long '%0120000d' 7
length() {
    timeout 60 "$query" "$db" "$1" | wc -c
}
expect "a long question and answer" 120001 length "select '$long'"
expect "many rows" 6888896 length 'select generate_series(1, 1000000)'

# A mistake is said, and the next question is answered.
status=0
timeout 60 "$query" "$db" 'select wrong' 'select 1' >"$TEST_TMPDIR/out" \
    2>"$TEST_TMPDIR/err" || status=$?
failed "a mistake" "$status"
equal "what follows it" "$(<"$TEST_TMPDIR/out")" 1
[[ $(<"$TEST_TMPDIR/err") == *wrong* ]] || fail "$(<"$TEST_TMPDIR/err")"

# libpq tries one socket after the other: the first host has no server.
expect "the second host of two" 6 timeout 60 \
    "$query" "host=/nowhere,$dir user=nanorun dbname=postgres" 'select 6'
status=0
timeout 60 "$query" "host=$dir/none dbname=postgres" 'select 1' \
    2>"$TEST_TMPDIR/err" || status=$?
failed "nobody listens" "$status"
