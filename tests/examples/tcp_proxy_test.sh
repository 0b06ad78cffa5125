#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tcp_proxy in front of echo_server, of a TLS server and of nothing.
source "$(dirname "$0")/servers.sh"
need nc timeout cmp openssl
proxy=$1
echo_server=$2

# The echo server answers until the client's end, which the proxy has to pass
# on; then its own end has to come back, or nc would wait.
start_server "$echo_server" 127.0.0.1:0
echo_address=$address
start_server "$proxy" 127.0.0.1:0 "$echo_address"
proxy_port=$port
expect "a line" hello exchange "$proxy_port" <<<hello
head -c 8000000 /dev/urandom >"$TEST_TMPDIR/sent"
pids=()
for i in 1 2 3; do
    exchange "$proxy_port" <"$TEST_TMPDIR/sent" >"$TEST_TMPDIR/echoed$i" &
    pids+=($!)
done
for i in 1 2 3; do
    wait "${pids[i - 1]}" || fail "client $i"
    cmp "$TEST_TMPDIR/sent" "$TEST_TMPDIR/echoed$i"
done

# Two proxies in a row.
start_server "$proxy" 127.0.0.1:0 "127.0.0.1:$proxy_port"
expect "two proxies" twice exchange "$port" <<<twice

# The target ends first: what the client sends after that still arrives.
exec {target}< <(exec timeout 60 nc -Nlv 127.0.0.1 0 </dev/null 2>&1)
children+=($!)
target_port=$(read_line "$target" "Listening on ")
target_port=${target_port##* }
start_server "$proxy" 127.0.0.1:0 "127.0.0.1:$target_port"
exec {late}<>"/dev/tcp/127.0.0.1/$port"
expect "the target's end" "" timeout 60 cat <&"$late"
echo late >&"$late"
exec {late}>&-
expect "what came after it" late \
    timeout 60 tail -n 1 <&"$target"

# Nobody at the target: the client sees the end of the stream.
start_server "$proxy" 127.0.0.1:0 "127.0.0.1:$target_port"
expect "no target" "" exchange "$port" </dev/null

# TLS passes unchanged, or the handshake would fail.
cd "$TEST_TMPDIR"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -out cert.pem -days 2 -subj /CN=nanorun.test 2>/dev/null
exec {tls}< <(exec openssl s_server -accept 127.0.0.1:0 -cert cert.pem \
    -key key.pem -rev 2>&1)
children+=($!)
tls_address=$(read_line "$tls" "ACCEPT ")
cd - >/dev/null
start_server "$proxy" 127.0.0.1:0 "$tls_address"
coproc client { exec openssl s_client -quiet -connect "127.0.0.1:$port" \
    -CAfile "$TEST_TMPDIR/cert.pem" -verify_return_error \
    2>"$TEST_TMPDIR/tls.log"; }
children+=("$client_PID")
echo abcdef >&"${client[1]}"
read -r -t 60 reversed <&"${client[0]}" ||
    fail "openssl s_client: $(cat "$TEST_TMPDIR/tls.log")"
equal "TLS" "$reversed" fedcba
