# SPDX-License-Identifier: MIT
"""Figures over sizes and workers: costs must grow as the work does."""

import machine
import peers
import plan
import results
import tables
from rounds import Cell, run_all, server_cell


def cells_of(args, programs):
    """The peers stand beside nanorun at two workers."""
    cells = []
    for workload, names in plan.GROWTH.items():
        if args.only and workload not in args.only:
            continue
        for name in names:
            if name not in programs:
                continue
            for workers in plan.GROWTH_WORKERS.get(name, [2]):
                for n in plan.GROWTH_SIZES[:2 if args.quick else None]:
                    options = plan.growth_options(workload, n, workers)
                    cells.append(Cell(workload, (name, workers, n),
                                      programs[name], [workload, *options]))
    if not args.only or "echo" in args.only:
        for workers in plan.GROWTH_WORKERS["nanorun"]:
            for connections in plan.GROWTH_CONNECTIONS:
                cell = server_cell("echo", plan.ECHO, ("nanorun", workers),
                                   [f"--connections={connections}"],
                                   args.quick)
                cell.peer = ("nanorun", workers, connections)
                cells.append(cell)
    return cells


# By workload, the figures that are told: key, unit.
FIGURES = {
    "spawn_join": [("ns_per_op", "ns/op"), ("cpu_ns_per_op", "CPU ns/op")],
    "timers": [("ns_per_op", "ns/op"), ("cpu_ns_per_op", "CPU ns/op")],
    "mem": [("bytes_per_task", "bytes/task")],
    "echo": [("requests_per_s", "requests/s"), ("p99_us", "p99 us"),
             ("server_cpu_us_per_request", "CPU us/request")],
}


def series(cells, row, key):
    """[("nanorun, 2 workers", {size: figure})] in the order of the cells."""
    found = {}
    for cell in cells:
        value = tables.median(cell, key) if cell.row == row else None
        if value is not None:
            name, workers, size = cell.peer
            plural = "" if workers == 1 else "s"
            found.setdefault(f"{name}, {workers} worker{plural}",
                             {})[size] = value
    return list(found.items())


def panels(cells):
    """(title, sizes, series) for each figure that there is."""
    for row, figures in FIGURES.items():
        sizes = (plan.GROWTH_CONNECTIONS
                 if row == "echo" else plan.GROWTH_SIZES)
        for key, unit in figures:
            found = series(cells, row, key)
            if found:
                yield f"{row}, {unit}", sizes, found


def draw(out, cells):
    import charts  # pylint: disable=import-outside-toplevel
    charts.lines(out / "growth.svg", [
        (title, "connections" if sizes is plan.GROWTH_CONNECTIONS else "n",
         found) for title, sizes, found in panels(cells)])


def run(args, programs, missing):
    cells = cells_of(args, programs)
    about = {**machine.describe(), "rounds": args.rounds}
    run_all(cells, args.rounds)
    parts = ["# Growth\n", machine.markdown(about, peers.versions()) +
             f"\nMedians of {args.rounds} interleaved runs.\n"]
    for title, sizes, found in panels(cells):
        head = [title] + [f"{size:,}" for size in sizes]
        parts.append(tables.growth(head, [
            ([name], [points.get(size) for size in sizes])
            for name, points in found]) + "\n")
    parts += [f"missing: {cell.row} {cell.peer}: {cell.error}\n"
              for cell in cells if cell.error]
    results.tell(args.out, "growth", "\n".join(parts), about, missing, cells,
                 lambda out: draw(out, cells))
    return cells
