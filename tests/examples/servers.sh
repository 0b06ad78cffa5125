# SPDX-License-Identifier: MIT
# Sourced by the tests of the servers: starts programs, waits for what they say
# and stops them in the end.
set -euo pipefail

# Before a program: how it is run, a Windows one under Wine (tools/wine_run).
run=${WINE_RUN:-}

TEST_TMPDIR=${TEST_TMPDIR:-$(mktemp -d)}
children=()

stop_children() {
    local pid
    for pid in "${children[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
}
trap stop_children EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail "this test needs $tool"
    done
}

# read_line DESCRIPTOR PREFIX: the rest of the first line that begins so.
read_line() {
    local line
    while IFS= read -r -t 60 line <&"$1"; do
        line=${line%$'\r'}
        if [[ $line == "$2"* ]]; then
            echo "${line#"$2"}"
            return
        fi
    done
    fail "no line that begins with '$2'"
}

# start_server PROGRAM ARGUMENT...: goes on when the program listens, with
# `address` and `port` set, `server_pid`, and `server_out` for what else it says.
start_server() {
    exec {server_out}< <(exec $run "$@")
    server_pid=$!
    children+=("$server_pid")
    address=$(read_line "$server_out" "listening on ")
    port=${address##*:}
}

# exchange PORT: sends stdin and its end, prints what comes back to the end.
exchange() {
    timeout 60 nc -N 127.0.0.1 "$1"
}

# failed WHAT STATUS: a program has ended by EXIT_FAILURE, which the C library of
# Wine's headers has as -1.
failed() {
    [[ $2 == 1 || ($run && $2 == 255) ]] || fail "$1: exit status $2"
}

# expect WHAT OUTPUT COMMAND...: the command succeeds and prints this.
expect() {
    local got
    got=$("${@:3}") || fail "$1: exit status $? of: ${*:3}"
    equal "$1" "$got" "$2"
}

# equal WHAT ACTUAL EXPECTED
equal() {
    [[ $2 == "$3" ]] || fail "$1: got '$2', expected '$3'"
}
