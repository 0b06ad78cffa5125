#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one relay between the ends of load.c and prints a line of JSON.

    run_relay.py --server=NAME [--connections=N] [--transfers=N]
                 [--workers=N] [--build-dir=DIR]

NAME is nanorun (examples/tcp_proxy.c), plain_splice or socat, which forks a
process for each connection; net/servers.py says how they are built and run. CPU
is user and system time of the relay and all its children over their whole
lives, so starting up is a part of it. peak_kib is the largest resident size,
which leaves out what pipes and sockets hold in the kernel; there is none of
socat, whose processes share most of their memory.
"""

import ctypes
import os
import pathlib
import resource
import socket
import subprocess
import sys
import time

sys.path.insert(
    0, str(pathlib.Path(__file__).resolve().parent.parent / "net"))

# pylint: disable=wrong-import-position
import servers  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36
BACKLOG = 4096
# The inactivity after which socat cuts off what is on its way back when the
# client has ended; by default half a second, too little for a thousand.
SOCAT_PATIENCE_S = 60


def build(name, args):
    if name == "socat":
        servers.install("socat", "socat", ["socat:socat"])
        return None
    where = "examples/tcp_proxy" if name == "nanorun" else f"bench/relay/{name}"
    return servers.bazel_built(where, args.build_dir)


def await_listener(port, relay):
    """socat does not say when it listens. What connects here ends at once."""
    while relay.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise servers.Missing("socat did not start")


def start_socat(port, at):
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    relay = servers.start(
        ["socat", f"-t{SOCAT_PATIENCE_S}",
         f"TCP-LISTEN:{own},bind=127.0.0.1,backlog={BACKLOG},reuseaddr,fork",
         f"TCP:127.0.0.1:{port}"], at)
    await_listener(own, relay)
    return relay, own


def start_relay(name, program, port, at):
    """The relay and its port; it passes connections on to `port`."""
    if name == "socat":
        return start_socat(port, at)
    relay = servers.start(
        [program, "127.0.0.1:0", f"127.0.0.1:{port}"] if name == "nanorun" else
        [program, f"--target={port}"], at)
    return relay, servers.port_of(relay, name)


def used_s():
    """The processor time of all children that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def stop_all(relay):
    """Ends a relay and waits for it and for its children."""
    servers.stop(relay)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def measure(args):
    program, load = build(args.server, args), build("load", args)
    # A child of the relay that outlives it becomes one of this process.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    at, client_at = servers.processors_of(args.workers)
    client = servers.start(
        [load, f"--connections={args.connections}",
         f"--transfers={args.transfers}"], client_at, stdin=subprocess.PIPE)
    relay, port = start_relay(args.server, program,
                              servers.port_of(client, "load"), at)
    try:
        figures = servers.result_of(client, args.server, f"{port}\n")
        if args.server != "socat":
            figures["peak_kib"] = servers.peak_kib(relay)
        before_s = used_s()
    finally:
        stop_all(relay)
    cpu_us = (used_s() - before_s) * 1e6
    return {**figures, "cpu_us_per_mib": round(cpu_us / figures["mib"], 1)}


if __name__ == "__main__":
    servers.main("relay", __doc__.splitlines()[0],
                 ["nanorun", "plain_splice", "socat"], ["plain_splice"],
                 measure, connections=50, transfers=2000)
