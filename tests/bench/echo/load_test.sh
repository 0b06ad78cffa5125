#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The load generator finds no fault with the echo servers of the bench, and
# does with servers that are no echo. No figure is asserted but the counts.
source tests/bench/loads.sh
need python3 timeout
load=$1 plain_epoll=$2 nanorun=$3

# field NAME JSON
field() {
    python3 -c 'import json, sys; print(json.loads(sys.argv[2])[sys.argv[1]])' \
        "$@"
}

# echoes COUNT OPTION...: so many requests on `port` end well, with all figures.
echoes() {
    local got name
    got=$(timeout 100 "$load" --port="$port" --pid=$$ --requests="$@") ||
        fail "$*: exit status $?"
    for name in requests seconds requests_per_s p50_us p99_us p999_us \
        server_cpu_us_per_request; do
        field "$name" "$got" >/dev/null || fail "$*: no $name in '$got'"
    done
    # It looks at the count once a batch of events, so it may end later.
    [ "$(field requests "$got")" -ge "$1" ] || fail "$*: counted in '$got'"
}

for server in "$plain_epoll" "$nanorun --workers=1" "$nanorun --workers=2"; do
    # shellcheck disable=SC2086
    start $server
    echoes 2000 --connections=1
    echoes 2000 --connections=250
    # An echo in several parts, each of which waits for an acknowledgement.
    echoes 20 --connections=3 --message=30000
done

# Servers that are none: each answers the first message wrongly.
no_echo='
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("listening on port", listener.getsockname()[1], flush=True)
while True:
    peer, _ = listener.accept()
    with peer:
        data = peer.recv(64)
        peer.sendall(eval(sys.argv[1]))
'

start python3 -c "$no_echo" 'data[:-1] + b"?"'
refused "differs from its message" --requests=10
start python3 -c "$no_echo" 'data[:-1]'
refused "ended a connection" --requests=10
start python3 -c "$no_echo" 'data'
refused "ended a connection" --requests=10
refused "out of range" --connections=0
refused "--no-such-option" --no-such-option=1
