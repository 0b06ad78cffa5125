# SPDX-License-Identifier: MIT
"""SVG charts of the figures, by matplotlib."""

import matplotlib

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams["svg.hashsalt"] = "nanorun"
matplotlib.rcParams["font.size"] = 8

# pylint: disable=wrong-import-position
import matplotlib.pyplot as plt  # noqa: E402
import tables  # noqa: E402

COLORS = {
    "nanorun": "#d1495b",
    "tokio": "#30638e",
    "tokio+tc": "#7ea8c9",
    "go": "#3c9d9b",
    "libuv": "#8a817c",
    "socat": "#b08968",
    "plain_epoll": "#8a817c",
    "plain_splice": "#8a817c",
    "plain_mmsg": "#8a817c",
}


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def grid(count, columns=4, height=1.9):
    lines = -(-count // columns)
    figure, axes = plt.subplots(lines, columns, squeeze=False,
                                figsize=(11, height * lines))
    flat = [one for line in axes for one in line]
    for unused in flat[count:]:
        unused.set_visible(False)
    return figure, flat


def bars(path, panels):
    """panels: (title, unit, [(peer, figure)]), a small chart for each."""
    figure, axes = grid(len(panels))
    for (title, unit, values), one in zip(panels, axes):
        peers = [peer for peer, _ in values]
        drawn = one.barh(peers, [value for _, value in values],
                         color=[COLORS[peer.split()[0]] for peer in peers])
        one.bar_label(drawn, [tables.number(value) for _, value in values],
                      padding=2, fontsize=7)
        one.invert_yaxis()
        one.margins(x=0.25)
        one.set_title(f"{title}, {unit}")
        one.xaxis.set_visible(False)
        for side in ("top", "right", "bottom"):
            one.spines[side].set_visible(False)
    save(figure, path)


def style(name):
    """nanorun's lines stand out, and differ by their marks."""
    color = COLORS[name.split(",")[0]]
    if not name.startswith("nanorun"):
        return {"color": color, "marker": ".", "linewidth": 0.8}
    mark = {"1": "o", "2": "s", "4": "^"}.get(name.split()[1], "x")
    return {"color": color, "marker": mark, "markersize": 4, "linewidth": 1.6}


def lines(path, panels):
    """panels: (title, x name, [(name, {x: figure})]); from zero, so that what
    is flat looks flat, up to where nanorun's lines are seen well."""
    figure, axes = grid(len(panels), columns=3, height=2.8)
    for (title, x_name, series), one in zip(panels, axes):
        for name, points in series:
            one.plot(list(points), list(points.values()), label=name,
                     **style(name))
        ours = [value for name, points in series for value in points.values()
                if name.startswith("nanorun")]
        one.set_xscale("log")
        one.set_ylim(0, min(one.get_ylim()[1], 5 * max(ours, default=1)))
        one.set_title(title)
        one.set_xlabel(x_name)
        one.legend(fontsize=6, framealpha=0.5)
    save(figure, path)
