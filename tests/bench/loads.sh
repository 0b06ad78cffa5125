# SPDX-License-Identifier: MIT
# Sourced by the tests of the bench's load generators, which set `load`.
source tests/examples/servers.sh

# start SERVER ARGUMENT...: sets `port`.
start() {
    start_server "$@"
    port=${address#port }
}

# refused WHY OPTION...: the load on `port` fails, and says so.
refused() {
    local said status=0
    said=$(timeout 100 "$load" --port="$port" "${@:2}" 2>&1) || status=$?
    equal "exit status for $1" "$status" 1
    [[ $said == *"$1"* ]] || fail "said '$said', not '$1'"
}
