#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Merges coverage into one trace: the JSON of gcov 9 and later, lcov's format.

Bazel runs it after each test, on what gcov said of it, and at the end on the
traces of all tests. It names both jobs' inputs by flags:

    --coverage_dir=DIR --source_file_manifest=FILE --output_file=FILE
    --reports_file=FILE --output_file=FILE

A source that no test has linked stays in the trace, without any line.
"""

import gzip
import json
import os
import sys


class Trace:
    """How often each line and each function of each source was run."""

    def __init__(self):
        self.lines = {}  # source -> {line: count}
        self.functions = {}  # source -> {name: [first line, count]}

    def add_source(self, source):
        self.functions.setdefault(source, {})
        return self.lines.setdefault(source, {})

    def add_line(self, source, line, count):
        lines = self.add_source(source)
        lines[line] = lines.get(line, 0) + count

    def add_function(self, source, name, line, count):
        self.add_source(source)
        self.functions[source].setdefault(name, [line, 0])[1] += count

    def read_gcov(self, path, wanted):
        with gzip.open(path, "rt") as report:
            files = json.load(report)["files"]
        for file in files:
            source = file["file"].replace("/proc/self/cwd/", "", 1)
            if source not in wanted:
                continue
            for line in file["lines"]:
                self.add_line(source, line["line_number"], line["count"])
            for function in file["functions"]:
                self.add_function(source, function["name"],
                                  function["start_line"],
                                  function["execution_count"])

    def read_lcov(self, path):
        source = None
        first_lines = {}
        with open(path) as report:
            for record in report:
                kind, _, value = record.rstrip("\n").partition(":")
                if kind == "SF":
                    source = value
                    self.add_source(source)
                elif kind == "DA":
                    line, count = value.split(",")
                    self.add_line(source, int(line), int(count))
                elif kind == "FN":
                    line, name = value.split(",")
                    first_lines[name] = int(line)
                elif kind == "FNDA":
                    count, name = value.split(",")
                    self.add_function(source, name, first_lines[name],
                                      int(count))

    def write(self, path):
        with open(path, "w") as out:
            for source in sorted(self.lines):
                out.write(f"SF:{source}\n")
                functions = sorted(self.functions[source].items())
                for name, (line, _) in functions:
                    out.write(f"FN:{line},{name}\n")
                for name, (_, count) in functions:
                    out.write(f"FNDA:{count},{name}\n")
                for line, count in sorted(self.lines[source].items()):
                    out.write(f"DA:{line},{count}\n")
                out.write("end_of_record\n")


def read_words(path):
    with open(path) as text:
        return text.read().split()


def main():
    flags = dict(
        argument.lstrip("-").partition("=")[::2] for argument in sys.argv[1:])
    trace = Trace()
    if "reports_file" in flags:
        for path in read_words(flags["reports_file"]):
            trace.read_lcov(path)
    else:
        wanted = set(read_words(flags["source_file_manifest"]))
        for folder, _, names in os.walk(flags["coverage_dir"]):
            for name in names:
                if name.endswith(".gcov.json.gz"):
                    trace.read_gcov(os.path.join(folder, name), wanted)
    trace.write(flags["output_file"])


main()
