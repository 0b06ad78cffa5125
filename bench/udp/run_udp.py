#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one datagram server under the load generator, prints a line of JSON.

    run_udp.py --server=NAME [--window=N] [--seconds=S] [--workers=N]
               [--build-dir=DIR]

NAME is nanorun, plain_mmsg or libuv; net/servers.py says how they are built and
run. A datagram counts once, when it has come back. CPU per datagram is the
server's, user and system, over the measured time only; peak_kib is its largest
resident size.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))

# pylint: disable=wrong-import-position
import servers  # noqa: E402


def build(name, args):
    if name == "libuv":
        return servers.build_libuv(HERE / "libuv.c")
    return servers.bazel_built(f"bench/udp/{name}", args.build_dir)


def measure(args):
    return servers.under_load(
        build(args.server, args), build("load", args), args,
        [f"--window={args.window}", f"--seconds={args.seconds}"])


if __name__ == "__main__":
    servers.main("udp", __doc__.splitlines()[0],
                 ["nanorun", "plain_mmsg", "libuv"], ["plain_mmsg", "libuv"],
                 measure, window=128, seconds=3.0)
