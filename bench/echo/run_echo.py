#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one echo server under the load generator and prints a line of JSON.

    run_echo.py --server=NAME --connections=N --workers=N [--seconds=S]
                [--build-dir=DIR]

NAME is nanorun, plain_epoll, libuv, go or tokio. The first two and the load
generator are Bazel's, taken from DIR or else built; the others are built by
their own tools, from Debian's packages, into ~/.cache/nanorun-bench.

The server gets the first `workers` processors; the client the next one, or the
last where there is no further one. So on two processors a server of one worker
and the client have one each, while a server of two shares one with the client.

CPU per request is the server's, user and system, over the measured time only;
peak_kib is its largest resident size. A server that cannot be had here is
reported as {..., "missing": "why"}: a gap with a name.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROOT = pathlib.Path(
    os.environ.get("BUILD_WORKSPACE_DIRECTORY", HERE.parent.parent))
CACHE = pathlib.Path.home() / ".cache" / "nanorun-bench"

OURS = ("nanorun", "plain_epoll", "load")
ONE_LOOP = ("plain_epoll", "libuv")
# By peer, what tools/need is to look for, and the Debian package that has it.
NEEDS = {
    "libuv": ["gcc:gcc", "/usr/include/uv.h:libuv1-dev"],
    "go": ["go:golang-go"],
    "tokio": [
        "cargo:cargo",
        "/usr/share/cargo/registry/tokio-[0-9]*:librust-tokio-dev",
    ],
}


class Missing(Exception):
    """A server that cannot be had on this machine."""


# ---- building ----


def run_quietly(command, what, **options):
    """Its output is worth reading only where it fails."""
    done = subprocess.run(command,
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          text=True,
                          **options)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise Missing(f"{what}: {' '.join(map(str, command))} failed")


def install(peer):
    need = ROOT / "tools" / "need"
    if need.exists():
        run_quietly([need, *NEEDS[peer]], f"{peer} is not installed")


def build_ours(name, build_dir):
    if build_dir:
        return build_dir / name
    bazelw = ROOT / "bazelw"
    run_quietly([bazelw, "build", "-c", "opt", f"//bench/echo:{name}"],
                "no build",
                cwd=ROOT)
    bin_dir = subprocess.run([bazelw, "info", "-c", "opt", "bazel-bin"],
                             cwd=ROOT,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL,
                             text=True,
                             check=True).stdout.strip()
    return pathlib.Path(bin_dir, "bench", "echo", name)


def build_once(source, make):
    """make(program) unless there is one of the same source already."""
    text = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    program = CACHE / f"echo-{source.stem}-{text}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = program.with_suffix(f".{os.getpid()}")
        make(made)
        made.rename(program)
    return program


def build_libuv():
    source = HERE / "libuv.c"
    return build_once(
        source, lambda program: run_quietly(
            ["gcc", "-O2", source, "-o", program, "-luv"], "no libuv"))


def build_go():
    source = HERE / "echo.go"
    environ = {
        **os.environ, "GO111MODULE": "off",
        "GOCACHE": str(CACHE / "go")
    }
    return build_once(
        source, lambda program: run_quietly(
            ["go", "build", "-o", program, source], "no Go", env=environ))


def build_tokio():
    """In a copy, as cargo writes beside its sources."""
    copy = CACHE / "echo-tokio"
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
    run_quietly(["cargo", "build", "--release", "--offline"],
                "no tokio",
                cwd=copy)
    return copy / "target" / "release" / "echo-tokio"


def build(server, build_dir):
    if server in OURS:
        program = build_ours(server, build_dir)
    else:
        install(server)
        tool = {"libuv": "gcc", "tokio": "cargo"}.get(server, server)
        if not shutil.which(tool):
            raise Missing(f"no {tool} on this machine")
        program = {
            "libuv": build_libuv,
            "go": build_go,
            "tokio": build_tokio
        }[server]()
    if not program.exists():
        raise Missing(f"no {program}")
    return program


# ---- running ----


def start(command, processors, **options):

    def prepare():
        os.sched_setaffinity(0, processors)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    return subprocess.Popen(list(map(str, command)),
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE,
                            text=True,
                            preexec_fn=prepare,
                            **options)


def peak_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1))


def measure(server, load, args):
    processors = sorted(os.sched_getaffinity(0))
    client_at = processors[min(args.workers, len(processors) - 1)]
    server_process = start([server, f"--workers={args.workers}"],
                           processors[:args.workers])
    try:
        line = server_process.stdout.readline()
        if not line.startswith("listening on port "):
            raise Missing(f"{args.server} did not start")
        client = start([
            load, f"--port={line.split()[-1]}", f"--pid={server_process.pid}",
            f"--connections={args.connections}", f"--seconds={args.seconds}"
        ], [client_at])
        try:
            result, _ = client.communicate()
        finally:
            client.kill()
        if client.returncode != 0:
            sys.exit(f"run_echo: the load on {args.server} failed")
        return {**json.loads(result), "peak_kib": peak_kib(server_process.pid)}
    finally:
        server_process.send_signal(signal.SIGTERM)
        server_process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server",
                        required=True,
                        choices=["nanorun", "plain_epoll", *NEEDS])
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--build-dir", type=pathlib.Path)
    args = parser.parse_args()
    row = {
        "workload": "echo",
        "server": args.server,
        "connections": args.connections,
        "workers": args.workers
    }
    try:
        if args.server in ONE_LOOP and args.workers != 1:
            raise Missing(f"{args.server} is one loop on one thread")
        server = build(args.server, args.build_dir)
        row.update(measure(server, build("load", args.build_dir), args))
    except Missing as why:
        row["missing"] = str(why)
    print(json.dumps(row))


if __name__ == "__main__":
    main()
