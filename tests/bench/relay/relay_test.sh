#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The ends of the bench's relays find no fault with those, and do with relays
# that are none. No figure is asserted but the counts.
source tests/examples/servers.sh
need python3
load=$1 plain_splice=$2 tcp_proxy=$3

# By it the load learns the relay's port. Open both ways, so that no open waits.
mkfifo "$TEST_TMPDIR/port"
exec 9<>"$TEST_TMPDIR/port"

# through TRANSFERS CONNECTIONS RELAY ARGUMENT...: runs the load through a relay;
# the target's port is added to its last argument. Sets `said` and `status`.
through() {
    local from pid target
    exec {from}< <(exec "$load" --transfers="$1" --connections="$2" \
        <"$TEST_TMPDIR/port" 2>&1)
    pid=$!
    target=$(read_line "$from" "listening on port ")
    start_server "${@:3:$#-3}" "${*: -1}$target"
    echo "${port#port }" >"$TEST_TMPDIR/port"
    said=$(cat <&"$from")
    status=0
    wait "$pid" || status=$?
    exec {from}<&-
}

for relay in "$plain_splice --target=" "$tcp_proxy 127.0.0.1:0 127.0.0.1:"; do
    for connections in 1 3 40; do
        transfers=$((2 * connections + 1))
        # shellcheck disable=SC2086
        through "$transfers" "$connections" $relay
        equal "exit status of $relay: $said" "$status" 0
        [[ $said == "{\"transfers\": $transfers, "*'"mib_per_s": '* ]] ||
            fail "$relay: said '$said'"
    done
done

# Relays that are none: each answers wrongly what comes first.
no_relay='
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("listening on port", listener.getsockname()[1], flush=True)
while True:
    peer, _ = listener.accept()
    with peer:
        data = peer.recv(64)
        peer.sendall(eval(sys.argv[1]))
        while peer.recv(65536):
            pass
'

# refused WHY ANSWER
refused() {
    through 1 1 python3 -c "$no_relay" "$2" ""
    equal "exit status for $2" "$status" 1
    [[ $said == *"$1"* ]] || fail "said '$said', not '$1'"
}

refused "differs from what was sent" 'data[:-1] + b"?"'
refused "ended early" 'data'
