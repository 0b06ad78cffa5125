#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""The driver over programs that print what a test says: no figure of a real
program is asserted."""

import io
import json
import os
import pathlib
import sys
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import growth  # noqa: E402
import peers  # noqa: E402
import plan  # noqa: E402
import results  # noqa: E402
import rounds  # noqa: E402
import tables  # noqa: E402

# Prints the next of its figures at each run, and notes that it ran.
FAKE = """
import json, pathlib, sys
name, *values = sys.argv[1:]
log = pathlib.Path(sys.argv[0]).with_name("log")
log.touch()
turn = log.read_text().split().count(name)
log.write_text(log.read_text() + name + " ")
if turn >= len(values):
    sys.exit("wrong: no more figures")
print(json.dumps({"ns_per_op": float(values[turn]), "cpu_ns_per_op": 2.0,
                  "peak_kib": 1024}))
"""


class Driver(unittest.TestCase):

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = pathlib.Path(holder.name)
        (self.dir / "fake.py").write_text(FAKE)

    def cell(self, row, peer, *values):
        words = [peer] if isinstance(peer, str) else map(str, peer)
        name = f"{row}/{'-'.join(words)}"
        program = peers.Program([sys.executable, self.dir / "fake.py"])
        return rounds.Cell(row, peer, program, [name, *map(str, values)])

    def run_all(self, cells, times):
        with redirect_stderr(io.StringIO()):
            rounds.run_all(cells, times)
        return {(cell.row, cell.peer): cell for cell in cells}

    def test_every_second_round_goes_backwards(self):
        self.run_all([self.cell("w", "a", 1, 1), self.cell("w", "b", 1, 1)], 2)
        self.assertEqual((self.dir / "log").read_text(), "w/a w/b w/b w/a ")

    def test_the_table_has_medians_and_ratios(self):
        cells = self.run_all([self.cell("w", "nanorun", 10, 30, 20),
                              self.cell("w", "go", 40, 40, 40)], 3)
        table = tables.compare(
            [plan.Workload("w", "", ["nanorun", "go"])], cells, {})
        ours, theirs = [[text.strip() for text in line.split("|")]
                        for line in table.splitlines()[2:]]
        self.assertEqual(ours[1:5], ["w", "nanorun", "20 ns", "100%"])
        self.assertEqual(theirs[2:6], ["go", "40 ns", "0%", "0.50"])

    def test_goals_are_met_or_missed(self):
        floor = ("plain_epoll", 1)
        cells = self.run_all([self.cell("fast", "nanorun", 10),
                              self.cell("slow", "nanorun", 12),
                              self.cell("busy", "nanorun", 12),
                              self.cell("slow", "tokio", 20),
                              self.cell("busy", "tokio", 22)], 1)
        for server, rate, p99 in ((floor, 100, 10), (("nanorun", 1), 98, 11)):
            cell = self.cell("echo_50", server)
            cell.runs.append({"requests_per_s": rate, "p99_us": p99})
            cells["echo_50", server] = cell
        table = tables.goals(
            [(plan.Workload(name, "", []), 11, 20)
             for name in ("fast", "slow", "busy", "not run")],
            [plan.Load(plan.ECHO, "echo_50", [], [],
                       {"requests_per_s": 0.97, "p99_us": 1.0})], cells)
        self.assertEqual([line.split("|")[-2].strip()
                          for line in table.splitlines()[2:]],
                         ["met", "missed", "met beside tokio", "missing",
                          "met", "missed"])

    def test_what_is_missing_is_named(self):
        cells = self.run_all([self.cell("w", "nanorun", 10),
                              self.cell("w", "go")], 1)
        table = tables.compare(
            [plan.Workload("w", "", ["nanorun", "go", "tokio"])], cells,
            {"tokio": "not installed: cargo"})
        self.assertIn("missing: status 1: wrong: no more figures", table)
        self.assertIn("missing: not installed: cargo", table)

    def test_servers_stand_beside_their_floor(self):
        kind = plan.Kind("k", ("floor", 1), [
            plan.Figure("done_per_s", "thousand/s", 1e-3, True),
            plan.Figure("cpu_ns", "CPU ns", 1, True), plan.PEAK], [])
        cells = {}
        for server, figures in (
                (("nanorun", 1), {"done_per_s": 3000, "cpu_ns": 6,
                                  "peak_kib": 2048}),
                (("floor", 1), {"done_per_s": 2000, "cpu_ns": 5,
                                "peak_kib": 1024}),
                (("several", 1), {"done_per_s": 1000, "cpu_ns": 50})):
            cells["w", server] = self.cell("w", server)
            cells["w", server].runs.append(figures)
        cells["w", ("none", 1)] = self.cell("w", ("none", 1))
        cells["w", ("none", 1)].error = "not installed"
        load = plan.Load(kind, "w", [], [server for _, server in cells], {})
        lines = [[text.strip() for text in line.split("|")[2:-1]]
                 for line in
                 tables.servers(kind, [load], cells).splitlines()[2:]]
        self.assertEqual(lines, [
            ["nanorun", "1", "3", "0%", "1.50", "6", "1.20", "2"],
            ["floor", "1", "2", "0%", "1.00", "5", "1.00", "1"],
            ["several", "1", "1", "0%", "0.50", "50", "10.00", ""],
            ["none", "1", "missing: not installed", "", "", "", "", ""]])

    def test_what_failed_once_is_not_run_again(self):
        cells = self.run_all([self.cell("w", "go", 10)], 4)
        self.assertEqual((self.dir / "log").read_text(), "w/go w/go ")
        self.assertIsNone(tables.median(cells["w", "go"], "ns_per_op"))

    def test_growth_has_a_line_for_each_number_of_workers(self):
        cells = []
        for workers, n, value in ((1, 1000, 5), (1, 10000, 6), (2, 1000, 7)):
            cell = self.cell("timers", "nanorun", value)
            cell.peer = ("nanorun", workers, n)
            cell.options[0] += f"{workers}{n}"
            cells.append(cell)
        self.run_all(cells, 1)
        title, sizes, lines = next(growth.panels(cells))
        self.assertEqual(title, "timers, ns/op")
        self.assertEqual(sizes, plan.GROWTH_SIZES)
        self.assertEqual(lines, [
            ("nanorun, 1 worker", {1000: 5, 10000: 6}),
            ("nanorun, 2 workers", {1000: 7})])

    def test_every_figure_is_kept(self):
        cells = self.run_all([self.cell("w", "go", 1, 2)], 2)
        drawn = []
        peers.install = lambda needs: None
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            results.tell(self.dir / "out", "compare", "the text", {}, {},
                         cells.values(), drawn.append)
        out = self.dir / "out"
        self.assertEqual((out / "compare.md").read_text(), "the text")
        kept = json.loads((out / "compare.json").read_text())
        self.assertEqual([run["ns_per_op"] for run in kept["cells"][0]["runs"]],
                         [1, 2])
        self.assertEqual(drawn, [out])

    def test_every_peer_of_the_plan_is_known(self):
        for workload in plan.WORKLOADS:
            self.assertLessEqual(set(workload.peers), set(plan.PEERS))
        self.assertLessEqual(set(plan.GOALS), {w.name for w in plan.WORKLOADS})
        self.assertLessEqual(set(plan.TOKIO_THEN), set(plan.GOALS))
        for load in plan.LOADS:
            keys = {figure.key for figure in load.kind.figures}
            self.assertLessEqual(set(load.goals), keys)
            self.assertIn(load.kind.floor, load.peers)
            self.assertIn(load.kind, plan.KINDS)

    def test_every_kind_of_load_has_its_script(self):
        for kind in plan.KINDS:
            cell = rounds.server_cell("row", kind, kind.floor, ["--o"], True)
            self.assertTrue(cell.program.command[1].exists())
            self.assertEqual(cell.options[2:], ["--o", *kind.quick])


if __name__ == "__main__":
    unittest.main()
