# SPDX-License-Identifier: MIT
"""Markdown tables of the figures."""

import statistics


def median(cell, key):
    """Of all runs of the cell; None where there is none."""
    values = [run[key] for run in cell.runs] if cell and not cell.error else []
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


def echo(echoes, floor, cells):
    """By load and server; the ratio is to the floor's requests."""
    head = ["load", "server", "workers", "thousand req/s", "spread",
            "it / plain_epoll", "p50 us", "p99 us", "p99.9 us", "CPU us/req",
            "peak MiB"]
    rows = []
    for row in echoes:
        base = median(cells.get((row.name, floor)), "requests_per_s")
        for server in row.peers:
            cell = cells.get((row.name, server))
            name = row.name if server == row.peers[0] else ""
            value = median(cell, "requests_per_s")
            if value is None:
                why = cell.error if cell else "not run"
                rows.append([name, server[0], str(server[1]),
                             f"missing: {why}"] + [""] * 7)
                continue
            figures = [median(cell, key) for key in (
                "p50_us", "p99_us", "p999_us", "server_cpu_us_per_request")]
            rows.append([
                name, server[0], str(server[1]), number(value / 1000),
                f"{spread(cell, 'requests_per_s'):.0%}",
                quotient(value, base), *map(number, figures),
                number(median(cell, "peak_kib") / 1024)
            ])
    return markdown(head, rows, names=2)


def goals(wanted, echoes, floor, cells):
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
    for row in echoes:
        for key, goal in row.goals.items():
            ours, theirs = [median(cells.get((row.name, server)), key)
                            for server in (("nanorun", 1), floor)]
            value = ours / theirs if ours and theirs else None
            is_met = value is not None and (
                value >= goal if key == "requests_per_s" else value <= goal)
            add(f"{row.name} {key}", f"{goal} x {floor[0]}", value, is_met)
    return markdown(["goal", "wanted", "as tokio now", "measured", ""], rows,
                    names=2)


def growth(head, lines):
    """lines: ([name, …], [figure, …]); `head` has a title for each."""
    names = len(lines[0][0])
    return markdown(head, [[*line_names, *map(number, figures)]
                           for line_names, figures in lines], names=names)
