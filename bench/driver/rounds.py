# SPDX-License-Identifier: MIT
"""Runs programs in turn, again and again, and keeps every figure: what the
machine does beside us then meets all of them alike."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

import peers

LIMIT_S = 900  # the first run of a server also builds it


@dataclass
class Cell:
    """One program at one workload: a figure in the end."""
    row: str
    peer: object  # its name, or a tuple that begins with it
    program: peers.Program
    options: list
    runs: list = field(default_factory=list)  # what it printed, each time
    error: str = ""


def server_cell(row, kind, server, options, quick):
    """server: its name and its workers, as in plan.SERVERS."""
    script = peers.BENCH / kind.name / f"run_{kind.name}.py"
    return Cell(row, server, peers.Program([sys.executable, script]),
                [f"--server={server[0]}", f"--workers={server[1]}", *options,
                 *(kind.quick if quick else [])])


def run_once(cell):
    """What the program printed; a wrong or slow run gives the error."""
    command = [str(word) for word in [*cell.program.command, *cell.options]]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True,
                              timeout=LIMIT_S,
                              env={**os.environ, **cell.program.environ})
    except subprocess.TimeoutExpired:
        return None, f"took more than {LIMIT_S} s"
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        return None, f"status {done.returncode}: {lines[-1]}"
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures, figures.get("missing", "")


def run_all(cells, rounds):
    """Every second round goes the other way round: who runs after whom must
    not matter. A cell that failed once is not run again."""
    for i in range(rounds):
        for cell in cells if i % 2 == 0 else reversed(cells):
            if cell.error:
                continue
            print(f"round {i + 1} of {rounds}: {cell.row} {cell.peer}"
                  f" {' '.join(cell.options)}", file=sys.stderr)
            figures, cell.error = run_once(cell)
            if cell.error:
                print(f"  failed: {cell.error}", file=sys.stderr)
            else:
                cell.runs.append(figures)
