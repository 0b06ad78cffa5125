# SPDX-License-Identifier: MIT
"""Every workload on every peer: the table and the charts."""

import machine
import peers
import plan
import results
import tables
from rounds import Cell, run_all, server_cell


def wanted(rows, args):
    return [row for row in rows if not args.only or row.name in args.only]


def cells_of(workloads, loads, args, programs):
    """What is no peer of the plan, as a floor, is never left out."""
    cells = [Cell(row.name, peer, programs[peer],
                  [row.name, *(row.quick if args.quick else [])])
             for row in workloads for peer in row.peers if peer in programs]
    return cells + [
        server_cell(row.name, row.kind, server, row.options, args.quick)
        for row in loads for server in row.peers
        if server[0] in args.peers or server[0] not in plan.PEERS]


def by_kind(loads):
    """(kind, its rows) for each that has any."""
    for kind in plan.KINDS:
        rows = [row for row in loads if row.kind is kind]
        if rows:
            yield kind, rows


def panels(rows, cells, key, unit, scale=1):
    """A small chart for each row, one of charts.bars."""
    for row in rows:
        values = [(peer, tables.median(cells.get((row.name, peer)), key))
                  for peer in row.peers]
        yield row.name, unit, [
            (peer if isinstance(peer, str) else f"{peer[0]} {peer[1]}",
             value * scale) for peer, value in values if value is not None]


def draw(out, workloads, loads, cells):
    import charts  # pylint: disable=import-outside-toplevel
    if workloads:
        charts.bars(out / "compare.svg", [
            panel for row in workloads
            for panel in panels([row], cells, row.key, row.unit)])
    for kind, rows in by_kind(loads):
        shown = [panel for figure in kind.figures if figure.is_drawn
                 for panel in panels(rows, cells, figure.key, figure.title,
                                     figure.scale)]
        if any(values for _, _, values in shown):
            charts.bars(out / f"{kind.name}.svg", shown)


def run(args, programs, missing):
    workloads = wanted(plan.WORKLOADS, args)
    loads = wanted(plan.LOADS, args)
    cells = cells_of(workloads, loads, args, programs)
    about = {**machine.describe(), "rounds": args.rounds}
    run_all(cells, args.rounds)

    by_name = {(cell.row, cell.peer): cell for cell in cells}
    parts = ["# nanorun beside its peers\n",
             machine.markdown(about, peers.versions()) +
             f"\nMedians of {args.rounds} interleaved runs; the spread is"
             " largest less smallest.\n"]
    if workloads:
        parts.append(tables.compare(workloads, by_name, missing) + "\n")
    parts += [tables.servers(kind, rows, by_name) + "\n"
              for kind, rows in by_kind(loads)]
    parts.append(tables.goals(
        [(row, plan.GOALS[row.name], plan.TOKIO_THEN.get(row.name))
         for row in workloads if row.name in plan.GOALS],
        loads, by_name) + "\n")
    results.tell(args.out, "compare", "\n".join(parts), about, missing, cells,
                 lambda out: draw(out, workloads, loads, by_name))
    return cells
