#!/bin/sh
# SPDX-License-Identifier: MIT
echo "coverage is merged by Bazel 5 and later only" >&2
exit 1
