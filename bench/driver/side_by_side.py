# SPDX-License-Identifier: MIT
"""Every workload on every peer: the table and the charts."""

import machine
import peers
import plan
import results
import tables
from rounds import Cell, echo_cell, run_all


def wanted(rows, args):
    return [row for row in rows if not args.only or row.name in args.only]


def cells_of(workloads, echoes, args, programs):
    cells = [Cell(row.name, peer, programs[peer],
                  [row.name, *(row.quick if args.quick else [])])
             for row in workloads for peer in row.peers if peer in programs]
    return cells + [
        echo_cell(row.name, (server, workers), row.connections, args.quick)
        for row in echoes for server, workers in row.peers
        if server in [*args.peers, plan.ECHO_FLOOR[0]]]


def panels(rows, cells, key, unit, scale=1):
    """A small chart for each row, one of charts.bars."""
    for row in rows:
        values = [(peer, tables.median(cells.get((row.name, peer)), key))
                  for peer in row.peers]
        yield row.name, unit, [
            (peer if isinstance(peer, str) else f"{peer[0]} {peer[1]}",
             value * scale) for peer, value in values if value is not None]


def draw(out, workloads, echoes, cells):
    import charts  # pylint: disable=import-outside-toplevel
    if workloads:
        charts.bars(out / "compare.svg", [
            panel for row in workloads
            for panel in panels([row], cells, row.key, row.unit)])
    shown = [panel for figure in (
        ("requests_per_s", "thousand/s", 1e-3), ("p99_us", "p99 us"),
        ("server_cpu_us_per_request", "CPU us/request"))
        for panel in panels(echoes, cells, *figure)]
    if any(values for _, _, values in shown):
        charts.bars(out / "echo.svg", shown)


def run(args, programs, missing):
    workloads = wanted(plan.WORKLOADS, args)
    echoes = wanted(plan.ECHOES, args)
    cells = cells_of(workloads, echoes, args, programs)
    about = {**machine.describe(), "rounds": args.rounds}
    run_all(cells, args.rounds)

    by_name = {(cell.row, cell.peer): cell for cell in cells}
    parts = ["# nanorun beside its peers\n",
             machine.markdown(about, peers.versions()) +
             f"\nMedians of {args.rounds} interleaved runs; the spread is"
             " largest less smallest.\n"]
    if workloads:
        parts.append(tables.compare(workloads, by_name, missing) + "\n")
    if echoes:
        parts.append(tables.echo(echoes, plan.ECHO_FLOOR, by_name) + "\n")
    parts.append(tables.goals(
        [(row, plan.GOALS[row.name], plan.TOKIO_THEN.get(row.name))
         for row in workloads if row.name in plan.GOALS], echoes, plan.ECHO_FLOOR, by_name) + "\n")
    results.tell(args.out, "compare", "\n".join(parts), about, missing, cells,
                 lambda out: draw(out, workloads, echoes, by_name))
    return cells
