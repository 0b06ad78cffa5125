#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# line_server with nc as its client.
source "$(dirname "$0")/servers.sh"
need nc timeout
server=$1

start_server "$server" 127.0.0.1:0

expect "sums" $'ok\nok\n-5\nbye' \
    exchange "$port" <<<$'add 37\r\nadd -42\nsum\nquit\nsum'
expect "a last line without its end" $'ok\n7' exchange "$port" \
    < <(printf 'add 7\nsum')
expect "no such word" $'add N, sum or quit' exchange "$port" <<<'multiply'
expect "nothing" "" exchange "$port" </dev/null

# A line in pieces, each of which arrives by itself.
in_pieces() {
    local piece
    for piece in a d 'd ' 1 2 $'\n' s u m; do
        printf %s "$piece"
        sleep 0.01
    done
}
expect "pieces" $'ok\n12' exchange "$port" < <(in_pieces)

# As long as the buffer, and longer; the rest is not taken for a line.
long=$(head -c 255 /dev/zero | tr '\0' x)
expect "a full buffer" 'add N, sum or quit' exchange "$port" <<<"$long"
expect "a line too long" 'the line is too long' exchange "$port" \
    <<<"${long}y"$'\nsum'
