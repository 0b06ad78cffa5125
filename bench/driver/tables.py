# SPDX-License-Identifier: MIT
"""Markdown tables of the figures."""

import statistics


def median(cell, key):
    """Of all runs of the cell; None where there is none."""
    runs = cell.runs if cell and not cell.error else []
    values = [run[key] for run in runs if key in run]
    return statistics.median(values) if values else None


def spread(cell, key):
    """Largest less smallest, as a part of the median."""
    values = [run[key] for run in cell.runs]
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def markdown(head, rows, *, names):
    """The first `names` columns are text, the others figures."""
    widths = [max(len(row[i]) for row in [head, *rows])
              for i in range(len(head))]
    rule = ["-" * w if i < names else "-" * (w - 1) + ":"
            for i, w in enumerate(widths)]
    return "\n".join("| " + " | ".join(
        text.ljust(w) if i < names else text.rjust(w)
        for i, (text, w) in enumerate(zip(row, widths))) + " |"
        for row in [head, rule, *rows])


def quotient(ours, theirs):
    return f"{ours / theirs:.2f}" if ours and theirs else ""


def compare(workloads, cells, missing):
    """By workload and peer; a ratio is nanorun's figure by the peer's, so less
    than 1 is where nanorun is ahead."""
    head = ["workload", "program", "figure", "spread", "nanorun / it",
            "CPU ns/op", "nanorun / it", "peak MiB"]
    rows = []
    for workload in workloads:
        ours = cells.get((workload.name, "nanorun"))
        for peer in workload.peers:
            name = workload.name if peer == workload.peers[0] else ""
            cell = cells.get((workload.name, peer))
            value = median(cell, workload.key)
            if value is None:
                why = cell.error if cell else missing.get(peer, "not run")
                rows.append([name, peer, f"missing: {why}"] + [""] * 5)
                continue
            cpu = median(cell, "cpu_ns_per_op")
            is_peer = peer != "nanorun"
            rows.append([
                name, peer, f"{number(value)} {workload.unit}",
                f"{spread(cell, workload.key):.0%}",
                quotient(median(ours, workload.key), value) if is_peer else "",
                number(cpu),
                quotient(median(ours, "cpu_ns_per_op"), cpu) if is_peer else
                "", number(median(cell, "peak_kib") / 1024)
            ])
    return markdown(head, rows, names=2)


def servers(kind, loads, cells):
    """By load and server; the ratios are to the floor's figures."""
    titles = []
    for figure in kind.figures:
        titles.append(figure.title)
        if figure is kind.figures[0]:
            titles.append("spread")
        if figure.is_compared:
            titles.append(f"it / {kind.floor[0]}")
    rows = []
    for load in loads:
        floor = cells.get((load.name, kind.floor))
        for server in load.peers:
            cell = cells.get((load.name, server))
            row = [load.name if server == load.peers[0] else "", server[0],
                   str(server[1])]
            if median(cell, kind.figures[0].key) is None:
                row.append(f"missing: {cell.error if cell else 'not run'}")
                rows.append(row + [""] * (len(titles) - 1))
                continue
            for figure in kind.figures:
                value = median(cell, figure.key)
                row.append(number(value and value * figure.scale))
                if figure is kind.figures[0]:
                    row.append(f"{spread(cell, figure.key):.0%}")
                if figure.is_compared:
                    row.append(quotient(value, median(floor, figure.key)))
            rows.append(row)
    return markdown(["load", "server", "workers", *titles], rows, names=2)


def goals(wanted, loads, cells):
    """What nanorun is to reach, and whether it does, or would where tokio is
    as fast as it was then. wanted: (workload, its goal, tokio's figure)."""
    rows = []

    def add(name, goal, value, is_met, scaled=None):
        said = "missing" if value is None else "met" if is_met else "missed"
        if said == "missed" and scaled and value <= scaled:
            said = "met beside tokio"
        rows.append([name, goal, number(scaled), number(value), said])

    for workload, goal, then in wanted:
        value, tokio = [median(cells.get((workload.name, peer)), workload.key)
                        for peer in ("nanorun", "tokio")]
        add(workload.name, f"{goal} {workload.unit}", value,
            value is not None and value <= goal,
            goal * tokio / then if tokio and then else None)
    for row in loads:
        floor = row.kind.floor
        for key, goal in row.goals.items():
            ours, theirs = [median(cells.get((row.name, server)), key)
                            for server in (("nanorun", 1), floor)]
            value = ours / theirs if ours and theirs else None
            is_met = value is not None and (
                value >= goal if key.endswith("_per_s") else value <= goal)
            add(f"{row.name} {key}", f"{goal} x {floor[0]}", value, is_met)
    return markdown(["goal", "wanted", "as tokio now", "measured", ""], rows,
                    names=2)


def growth(head, lines):
    """lines: ([name, …], [figure, …]); `head` has a title for each."""
    names = len(lines[0][0])
    return markdown(head, [[*line_names, *map(number, figures)]
                           for line_names, figures in lines], names=names)
