# SPDX-License-Identifier: MIT
"""What the run_*.py share: each builds one server and a load generator, runs
the one under the other and prints a line of JSON.

What is Bazel's is taken from --build-dir, or else built; the others are built
by their own tools, from Debian's packages, into ~/.cache/nanorun-bench.

The server gets the first `workers` processors; the client the next one, or the
last where there is no further one. So on two processors a server of one worker
and the client have one each, while a server of two shares one with the client.

A server that cannot be had here is reported as {..., "missing": "why"}: a gap
with a name.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", BENCH.parent))
CACHE = pathlib.Path.home() / ".cache" / "nanorun-bench"


class Missing(Exception):
    """A server that cannot be had on this machine."""


# ---- building ----


def run_quietly(command, what, **options):
    """Its output is worth reading only where it fails."""
    done = subprocess.run(list(map(str, command)),
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          text=True,
                          **options)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise Missing(f"{what}: {' '.join(map(str, command))} failed")


def install(peer, tool, needs):
    """needs: what tools/need is to look for, and the Debian package of it."""
    need = ROOT / "tools" / "need"
    if need.exists():
        run_quietly([need, *needs], f"{peer} is not installed")
    if not shutil.which(tool):
        raise Missing(f"no {tool} on this machine")


def bazel_built(name, build_dir):
    """name: its package and target, as bench/echo/load."""
    if not build_dir:
        bazelw = ROOT / "bazelw"
        package, _, target = name.rpartition("/")
        run_quietly([bazelw, "build", "-c", "opt", f"//{package}:{target}"],
                    "no build",
                    cwd=ROOT)
        build_dir = pathlib.Path(
            subprocess.run([bazelw, "info", "-c", "opt", "bazel-bin"],
                           cwd=ROOT,
                           stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL,
                           text=True,
                           check=True).stdout.strip())
    program = build_dir / name
    if not program.exists():
        raise Missing(f"no {program}")
    return program


def build_once(source, make):
    """make(program) unless there is one of the same source already."""
    text = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    program = CACHE / f"{source.parent.name}-{source.stem}-{text}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        made = program.with_suffix(f".{os.getpid()}")
        make(made)
        made.rename(program)
    return program


def build_libuv(source):
    install("libuv", "gcc", ["gcc:gcc", "/usr/include/uv.h:libuv1-dev"])
    return build_once(
        source, lambda program: run_quietly(
            ["gcc", "-O2", source, "-o", program, "-luv"], "no libuv"))


# ---- running ----


def processors_of(workers):
    """Those of the server, and the client's."""
    processors = sorted(os.sched_getaffinity(0))
    return (processors[:workers],
            [processors[min(workers, len(processors) - 1)]])


def start(command, processors, **options):

    def prepare():
        os.sched_setaffinity(0, processors)
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    return subprocess.Popen(list(map(str, command)),
                            **{"stdin": subprocess.DEVNULL, **options},
                            stdout=subprocess.PIPE,
                            text=True,
                            preexec_fn=prepare)


def port_of(process, name):
    """What follows "listening on port " or "listening on 127.0.0.1:"."""
    line = process.stdout.readline()
    if not line.startswith("listening on "):
        raise Missing(f"{name} did not start")
    return re.search(r"\d+$", line.strip()).group()


def result_of(client, server, said=None):
    """The figures of a client that has been started."""
    try:
        result, _ = client.communicate(said)
    finally:
        client.kill()
    if client.returncode != 0:
        sys.exit(f"the load on {server} failed")
    return json.loads(result)


def stop(process):
    process.terminate()
    process.wait()


def peak_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status).group(1))


def under_load(server, load, args, options):
    """The load reads the processor time of a server that is one process."""
    at, client_at = processors_of(args.workers)
    process = start([server, f"--workers={args.workers}"], at)
    try:
        port = port_of(process, args.server)
        client = start([load, f"--port={port}", f"--pid={process.pid}",
                        *options], client_at)
        return {**result_of(client, args.server),
                "peak_kib": peak_kib(process)}
    finally:
        stop(process)


# ---- the program ----


def main(workload, what, names, one_loop, measure, **options):
    """Prints the row with what measure(args) returns. names: of the servers;
    one_loop: those that cannot have a second worker; options: further ones,
    each with its default."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--server", required=True, choices=names)
    parser.add_argument("--build-dir", type=pathlib.Path,
                        help="where Bazel's output is")
    for name, default in {"workers": 1, **options}.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    args = parser.parse_args()
    row = {"workload": workload, "server": args.server,
           "workers": args.workers,
           **{name: getattr(args, name) for name in options}}
    try:
        if args.server in one_loop and args.workers != 1:
            raise Missing(f"{args.server} is one loop on one thread")
        row.update(measure(args))
    except Missing as why:
        row["missing"] = str(why)
    print(json.dumps(row))
