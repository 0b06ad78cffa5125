#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tour ends well and says so.
set -euo pipefail

out=$(timeout 60 ${WINE_RUN:-} "$1")
echo "$out"
[[ $(grep -c '^ok  ' <<<"$out") == 6 && $out != *FAILED* ]]
