# SPDX-License-Identifier: MIT
"""Where the figures go: the terminal, Markdown, JSON, SVG."""

import json
import sys

import peers


def raw(cell):
    return {"row": cell.row, "peer": cell.peer, "options": cell.options,
            "error": cell.error, "runs": cell.runs}


def tell(out, name, text, about, missing, cells, draw):
    """Prints the text; into the directory `out`, if there is one, go the text,
    every figure, and what draw(out) makes."""
    print(text)
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(text)
    figures = {"machine": about, "versions": peers.versions(),
               "missing": missing, "cells": [raw(cell) for cell in cells]}
    (out / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
    try:
        peers.install(["/usr/lib/python3/dist-packages/matplotlib:"
                       "python3-matplotlib"])
        draw(out)
    except (peers.Missing, ImportError) as why:
        print(f"no charts: {why}", file=sys.stderr)
    print(f"written to {out}/{name}.*", file=sys.stderr)
