# SPDX-License-Identifier: MIT
"""On what and when the figures were taken."""

import datetime
import os
import pathlib
import platform
import re


def field(path, pattern):
    found = re.search(pattern, pathlib.Path(path).read_text())
    return found.group(1) if found else "unknown"


def describe():
    return {
        "date": datetime.datetime.now(
            datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": field("/proc/cpuinfo", r"model name\s*: (.*)"),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(
            int(field("/proc/meminfo", r"MemTotal:\s*(\d+)")) / 2**20),
        "system": f"{platform.system()} {platform.release()}",
        "distribution": field("/etc/os-release", r'PRETTY_NAME="(.*)"'),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def markdown(about, versions):
    made = ", ".join(f"{name} {version or 'unknown'}"
                     for name, version in versions.items())
    return (f"{about['date']}, {about['processor']}, "
            f"{about['processors']} processors, {about['memory_gib']} GiB, "
            f"{about['distribution']}, {about['system']}; load average "
            f"{about['load_at_start']} at the start.\n{made}.")
