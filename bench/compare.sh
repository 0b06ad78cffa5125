#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bazelw run -c opt //bench:compare -- [--growth] [--rounds=N] [--only=…]
#
# Runs nanorun's program and its peers side by side; bench/driver/compare.py
# has the options. Bazel starts this in its runfiles, where the program is.
set -euo pipefail
root=${BUILD_WORKSPACE_DIRECTORY:?run it by ./bazelw run -c opt //bench:compare}
"$root/tools/need" /usr/bin/python3:python3
exec /usr/bin/python3 -B "$root/bench/driver/compare.py" \
    --nanorun="$PWD/bench/nanorun/bench" "$@"
