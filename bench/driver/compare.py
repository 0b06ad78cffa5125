#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs nanorun's program and its peers side by side and tells the figures.

    ./bazelw run -c opt //bench:compare -- [OPTION …]

builds the peers, runs everything in turn, five rounds by default, prints a
table of medians, and writes it as Markdown, with the raw figures as JSON and
charts as SVG, to bench/results. A part of it (--only, --quick) is printed, and
written where --out says. What is missing is named in the table.
"""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import growth  # noqa: E402
import peers  # noqa: E402
import plan  # noqa: E402
import side_by_side  # noqa: E402


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [row.name for row in [*plan.WORKLOADS, *plan.LOADS]]
    names.append("echo")  # of the growth
    parser.add_argument("--nanorun", type=pathlib.Path, required=True,
                        help="the program; given by //bench:compare")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","),
                        default=[], metavar="WORKLOAD,…",
                        help=f"of: {', '.join(names)}")
    parser.add_argument("--peers", type=lambda text: text.split(","),
                        default=list(plan.PEERS), metavar="PEER,…",
                        help=f"of: {', '.join(plan.PEERS)}")
    parser.add_argument("--quick", action="store_true",
                        help="a tenth of the work, once: does it all run?")
    parser.add_argument("--growth", action="store_true",
                        help="figures over sizes and workers instead")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        help="write to this directory")
    args = parser.parse_args()
    for name in args.only:
        if name not in names:
            parser.error(f"no such workload: {name}")
    if args.quick:
        args.rounds = 1
    is_whole = not args.quick and not args.only and args.peers == list(
        plan.PEERS)
    if args.out is None and is_whole:
        args.out = peers.BENCH / "results"
    return args


def main():
    args = read_options()
    programs, missing = peers.gather(args.peers, args.nanorun)
    missing.update({name: "left out" for name in plan.PEERS
                    if name not in args.peers})
    mode = growth if args.growth else side_by_side
    cells = mode.run(args, programs, missing)
    # A gap is named in the table; only nanorun's own is a failure.
    return int(any(cell.error and "nanorun" in cell.peer for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
