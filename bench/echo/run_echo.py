#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one echo server under the load generator and prints a line of JSON.

    run_echo.py --server=NAME [--connections=N] [--workers=N]
                [--seconds=S] [--build-dir=DIR]

NAME is nanorun, plain_epoll, libuv, go or tokio; net/servers.py says how they
are built and run. CPU per request is the server's, user and system, over the
measured time only; peak_kib is its largest resident size.
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))

# pylint: disable=wrong-import-position
import servers  # noqa: E402

ONE_LOOP = ("plain_epoll", "libuv")


def build_go():
    servers.install("go", "go", ["go:golang-go"])
    source = HERE / "echo.go"
    environ = {
        **os.environ, "GO111MODULE": "off",
        "GOCACHE": str(servers.CACHE / "go")
    }
    return servers.build_once(
        source, lambda program: servers.run_quietly(
            ["go", "build", "-o", program, source], "no Go", env=environ))


def build_tokio():
    """In a copy, as cargo writes beside its sources."""
    servers.install("tokio", "cargo", [
        "cargo:cargo",
        "/usr/share/cargo/registry/tokio-[0-9]*:librust-tokio-dev",
    ])
    copy = servers.CACHE / "echo-tokio"
    (copy / ".cargo").mkdir(parents=True, exist_ok=True)
    (copy / "src").mkdir(exist_ok=True)
    for name in ("Cargo.toml", "src/main.rs"):
        text = (HERE / "tokio" / name).read_text()
        if not (copy / name).exists() or (copy / name).read_text() != text:
            (copy / name).write_text(text)
    # Debian's crates, and no network.
    (copy / ".cargo" / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "debian"\n'
        '[source.debian]\ndirectory = "/usr/share/cargo/registry"\n')
    servers.run_quietly(["cargo", "build", "--release", "--offline"],
                        "no tokio",
                        cwd=copy)
    return copy / "target" / "release" / "echo-tokio"


def ours(name):
    return lambda args: servers.bazel_built(f"bench/echo/{name}",
                                            args.build_dir)


BUILDERS = {
    "nanorun": ours("nanorun"),
    "plain_epoll": ours("plain_epoll"),
    "libuv": lambda args: servers.build_libuv(HERE / "libuv.c"),
    "go": lambda args: build_go(),
    "tokio": lambda args: build_tokio(),
}


def measure(args):
    return servers.under_load(
        BUILDERS[args.server](args), ours("load")(args), args,
        [f"--connections={args.connections}", f"--seconds={args.seconds}"])


if __name__ == "__main__":
    servers.main("echo", __doc__.splitlines()[0], list(BUILDERS), ONE_LOOP,
                 measure, connections=50, seconds=3.0)
