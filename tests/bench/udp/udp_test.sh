#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The load generator finds no fault with the datagram servers of the bench, and
# does with servers that are no echo. No figure is asserted but the counts.
source tests/bench/loads.sh
need python3 timeout
load=$1 plain_mmsg=$2 nanorun=$3

# echoes COUNT WINDOW: so many datagrams end well, with all figures.
echoes() {
    local got
    got=$(timeout 100 "$load" --port="$port" --pid=$$ --datagrams="$1" \
        --window="$2") || fail "$*: exit status $?"
    [[ $got =~ ^'{"datagrams": '([0-9]+),.*'"datagrams_per_s": '[0-9]+ ]] &&
        [ "${BASH_REMATCH[1]}" -ge "$1" ] &&
        [[ $got =~ '"server_cpu_ns_per_datagram": '[0-9.]+'}'$ ]] ||
        fail "$*: '$got'"
}

for server in "$plain_mmsg" "$nanorun"; do
    start "$server"
    echoes 1000 1
    echoes 5000 128
    echoes 5000 256
done

# Servers that are none: what each sends back is wrong.
no_echo='
import socket, sys
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
print("listening on port", udp.getsockname()[1], flush=True)
while True:
    data, peer = udp.recvfrom(2048)
    for answer in eval(sys.argv[1]):
        udp.sendto(answer, peer)
'

start python3 -c "$no_echo" '[data[:-1] + b"?"]'
refused "differs from its datagram" --datagrams=10
start python3 -c "$no_echo" '[data, data]'
refused "differs from its datagram" --datagrams=10 --window=1
start python3 -c "$no_echo" '[data[:-1]]'
refused "an echo is none" --datagrams=10
refused "out of range" --window=257
refused "--no-such-option" --no-such-option=1
