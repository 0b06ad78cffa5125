#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench_test.sh BENCH: every workload runs, small, finds its own result right,
# and prints one line with the figures that the driver reads. The figures
# themselves are not looked at.
set -euo pipefail
bench=$1

# run WORKLOAD KEY ... -- OPTION ...
run() {
    local workload=$1 line key
    shift
    local keys=(n workers ns_per_op cpu_ns_per_op peak_kib)
    while [ "$1" != -- ]; do
        keys+=("$1")
        shift
    done
    shift
    echo "== $workload $*"
    line=$("$bench" "$workload" "$@")
    [[ $line == "{\"workload\":\"$workload\","*"}" ]]
    [[ $line != *$'\n'* ]]
    for key in "${keys[@]}"; do
        [[ $line =~ \"$key\":-?[0-9.]+[,\}] ]]
    done
}

for workers in 1 3; do
    small=("--workers=$workers" --warm_ups=1 --passes=2)
    for workload in spawn_join spawn_remote chained_spawn skynet yield yield1 \
        ping_pong ping_pong_chan chan_ping_pong mutex_uncontended \
        chan_uncontended timers timer_churn; do
        run "$workload" -- --n=1000 "${small[@]}"
    done
    run fib -- --n=12 "${small[@]}"
    run await -- --n=12 "${small[@]}"
    run sleep_1ms late_us -- --n=2 "${small[@]}"
    run mem bytes_per_task -- --n=1000 "--workers=$workers"
done

# What is not understood is refused, with no line of figures.
for arguments in 'no_such_workload' 'yield --n=many' 'yield --tasks=1' ''; do
    # shellcheck disable=SC2086
    if "$bench" $arguments 2>/dev/null; then
        echo "not refused: $arguments"
        exit 1
    fi
done

# The list above is whole.
usage=$("$bench" 2>&1 >/dev/null || true)
[ "$(wc -w <<<"${usage##*workloads:}")" = 17 ]
