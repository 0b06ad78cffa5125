# SPDX-License-Identifier: MIT
"""Gets the programs that are compared: installs what they need from Debian,
builds them into a cache, and names what cannot be had and why."""

import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

import plan

BENCH = pathlib.Path(__file__).resolve().parent.parent
ROOT = BENCH.parent
CACHE = pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() /
    ".cache") / "nanorun-bench"


class Missing(Exception):
    """A peer that cannot be had on this machine; says why."""


@dataclass
class Program:
    command: list
    environ: dict = field(default_factory=dict)  # beyond our own


def run(command, what, **options):
    """What a build prints is worth reading only where it fails."""
    done = subprocess.run(list(map(str, command)),
                          stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          text=True,
                          **options)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise Missing(what)
    return done.stdout


def install(needs):
    if needs:
        packages = " ".join(need.partition(":")[2] for need in needs)
        run([ROOT / "tools" / "need", *needs], f"not installed: {packages}")


def copy_of(name):
    """Build tools write beside their sources, so they get a copy."""
    copy = CACHE / name
    shutil.copytree(BENCH / name, copy, dirs_exist_ok=True)
    return copy


def build_tokio():
    copy = copy_of("tokio")
    # Another toolchain that stands first in PATH is not what we name.
    environ = {**os.environ, "RUSTC": "/usr/bin/rustc"}
    environ.pop("CARGO_TARGET_DIR", None)
    run(["/usr/bin/cargo", "build", "--release", "--offline"],
        "cargo build failed", cwd=copy, env=environ)
    return Program([copy / "target" / "release" / "tokio-bench"])


def build_tokio_tc():
    program = build_tokio()
    found = glob.glob("/usr/lib/*/libtcmalloc_minimal.so.4")
    return Program(program.command, {"LD_PRELOAD": found[0]})


def build_go():
    copy = copy_of("go")
    program = CACHE / "go-bench"
    run(["/usr/bin/go", "build", "-o", program, "."], "go build failed",
        cwd=copy, env={**os.environ, "GOCACHE": str(CACHE / "go-cache"),
                       "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"})
    return Program([program])


def build_libuv():
    program = CACHE / "libuv-bench"
    run(["/usr/bin/gcc", "-std=c11", "-O2", f"-I{ROOT}",
         BENCH / "libuv" / "timers.c", BENCH / "measure.c",
         "-o", program, "-luv"], "gcc failed")
    return Program([program])


def use_nanorun(path):
    """Bazel's; a figure of a build without optimization is worth nothing."""
    build = json.loads(run([path, "--build"], "nanorun's program fails"))
    if not build["optimized"]:
        sys.exit("compare: not optimized; ./bazelw run -c opt //bench:compare")
    return Program([path])


def gather(names, nanorun):
    """The programs by name, and why each of the others is missing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    builders = {
        "nanorun": lambda: use_nanorun(nanorun),
        "tokio": build_tokio,
        "tokio+tc": build_tokio_tc,
        "go": build_go,
        "libuv": build_libuv,
    }
    programs, missing = {}, {}
    for name in names:
        print(f"building {name} …", file=sys.stderr)
        try:
            base = name.partition("+")[0]
            install({**dict.fromkeys(plan.PEERS[base]),
                     **dict.fromkeys(plan.PEERS[name])})
            programs[name] = builders[name]()
        except Missing as why:
            print(f"missing: {name}: {why}", file=sys.stderr)
            missing[name] = str(why)
    return programs, missing


def version(command, *, word):
    """A word of the first line that `command` prints, or None."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, check=True)
        return done.stdout.split("\n")[0].split()[word]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def versions():
    """Of what is compared and of what compiled it."""
    dpkg = ["dpkg-query", "-f", "${Version}\\n", "-W"]
    return {
        "nanorun": version(["git", "-C", ROOT, "describe", "--always",
                            "--dirty", "--abbrev=12"], word=0),
        "gcc": version(["gcc", "-dumpfullversion"], word=0),
        "tokio": version([*dpkg, "librust-tokio-dev"], word=0),
        "rustc": version(["/usr/bin/rustc", "--version"], word=1),
        "tcmalloc": version([*dpkg, "libtcmalloc-minimal4"], word=0),
        "go": version(["/usr/bin/go", "version"], word=2),
        "libuv": version([*dpkg, "libuv1-dev"], word=0),
        "socat": version([*dpkg, "socat"], word=0),
    }
