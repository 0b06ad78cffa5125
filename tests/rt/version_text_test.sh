#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# MODULE.bazel names the version that nanorun/version.h does.
set -euo pipefail
in_header=$(awk '/define NR_VERSION_(MAJOR|MINOR|PATCH) / { print $3 }' \
    nanorun/version.h | paste -sd . -)
in_module=$(sed -n '/^module(/,/^)/s/.*version = "\(.*\)".*/\1/p' MODULE.bazel)
echo "nanorun/version.h: $in_header, MODULE.bazel: $in_module"
[[ $in_header =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
[ "$in_header" = "$in_module" ]
