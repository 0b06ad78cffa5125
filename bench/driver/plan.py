# SPDX-License-Identifier: MIT
"""What is compared: the workloads and the peers, as data.

A new peer is a row in PEERS and its name in the rows of its workloads; a new
workload is a row, and a subcommand of the programs named there. Servers under
a load have programs of their own: LOADS. Every program prints a JSON object of
figures; the keys are named here.
"""

from dataclasses import dataclass, field

# By peer: what tools/need looks for and the Debian package that has it. How
# each is built is in peers.py.
PEERS = {
    "nanorun": [],
    "tokio": [
        "/usr/bin/cargo:cargo",
        "/usr/bin/rustc:rustc",
        "/usr/share/cargo/registry/tokio-[0-9]*:librust-tokio-dev",
    ],
    "tokio+tc": ["/usr/lib/*/libtcmalloc_minimal.so.4:libtcmalloc-minimal4"],
    "go": ["/usr/bin/go:golang-go"],
    "libuv": ["/usr/include/uv.h:libuv1-dev", "/usr/bin/gcc:gcc"],
}

TASKS = ["nanorun", "tokio", "tokio+tc", "go"]
CALLS = ["nanorun", "tokio", "tokio+tc"]
TIMERS = [*TASKS, "libuv"]


@dataclass
class Workload:
    name: str
    what: str
    peers: list
    key: str = "ns_per_op"  # the figure that is compared; less is better
    unit: str = "ns"
    quick: list = field(default_factory=lambda: ["--n=100000"])


WORKLOADS = [
    Workload("spawn_join", "1,000,000 tasks spawned by one, then joined",
             TASKS),
    Workload("spawn_remote", "the same from a thread outside", TASKS),
    Workload("chained_spawn", "each task spawns the next, 1,000,000 deep",
             TASKS),
    Workload("skynet", "10-ary tree of tasks to 1,000,000 leaves, per leaf",
             TASKS),
    Workload("fib", "fib(30), one call spawned, one in place, per task", TASKS,
             quick=["--n=22"]),
    Workload("await", "fib(35), both calls awaited in place, per call", CALLS,
             quick=["--n=28"]),
    Workload("yield", "1,000 tasks, 1,000 yields each", TASKS),
    Workload("yield1", "one task, 5,000,000 yields", TASKS),
    Workload("ping_pong", "1,000 pairs, 1,000 round trips each, by notify",
             TASKS),
    Workload("ping_pong_chan", "the same over channels of one item", TASKS),
    Workload("chan_ping_pong", "one pair on one worker, over channels", TASKS),
    Workload("mutex_uncontended", "lock and unlock, one task", TASKS),
    Workload("chan_uncontended", "send and receive, one task", TASKS),
    Workload("timers", "1,000,000 timers armed, then cancelled", TIMERS),
    Workload("timer_churn", "one timer armed and cancelled", TIMERS),
    Workload("sleep_1ms", "mean lateness of 1,000 sleeps of 1 ms", TIMERS,
             key="late_us", unit="us", quick=["--n=100"]),
    Workload("mem", "resident bytes of each of 1,000,000 sleeping tasks",
             TIMERS, key="bytes_per_task", unit="B"),
]

# What nanorun's figure is to be at most.
GOALS = {
    "spawn_join": 60, "spawn_remote": 120, "chained_spawn": 55, "skynet": 70,
    "fib": 70, "await": 6, "yield": 22, "yield1": 30, "ping_pong": 60,
    "timers": 55, "timer_churn": 40, "sleep_1ms": 600, "mem": 160,
}
# tokio's figures on the quiet machine on which those were set: on a busy one a
# figure that is missed may still have the ratio to tokio's that was wanted.
TOKIO_THEN = {
    "spawn_join": 197, "spawn_remote": 205, "chained_spawn": 96, "skynet": 218,
    "fib": 224, "yield": 29, "yield1": 184, "ping_pong": 97, "timers": 350,
    "timer_churn": 492,
}


@dataclass
class Figure:
    """One that a run_*.py prints. Of a rate, "…_per_s", more is better; of all
    others less is."""
    key: str
    title: str
    scale: float = 1
    is_compared: bool = False  # its ratio to the floor's is told
    is_drawn: bool = False


@dataclass
class Kind:
    """Of servers under the same load, by bench/NAME/run_NAME.py."""
    name: str
    floor: tuple  # what the ratios are to: a plain loop of system calls
    figures: list  # of the first the spread is told
    quick: list


@dataclass
class Load:
    """A row, and the servers in it."""
    kind: Kind
    name: str
    options: list
    peers: list  # (name, workers)
    goals: dict  # nanorun's figures by the floor's, with one worker each


PEAK = Figure("peak_kib", "peak MiB", 1 / 1024)
ECHO = Kind("echo", ("plain_epoll", 1), [
    Figure("requests_per_s", "thousand req/s", 1e-3, True, True),
    Figure("p50_us", "p50 us"),
    Figure("p99_us", "p99 us", is_drawn=True),
    Figure("p999_us", "p99.9 us"),
    Figure("server_cpu_us_per_request", "CPU us/req", is_drawn=True),
    PEAK,
], ["--seconds=0.5"])
RELAY = Kind("relay", ("plain_splice", 1), [
    Figure("mib_per_s", "MiB/s", 1, True, True),
    Figure("cpu_us_per_mib", "CPU us/MiB", 1, True, True),
    PEAK,
], ["--transfers=200"])
UDP = Kind("udp", ("plain_mmsg", 1), [
    Figure("datagrams_per_s", "thousand/s", 1e-3, True, True),
    Figure("server_cpu_ns_per_datagram", "CPU ns/datagram", 1, True, True),
    PEAK,
], ["--seconds=0.5"])
KINDS = [ECHO, RELAY, UDP]

SERVERS = [
    ("nanorun", 1), ("plain_epoll", 1), ("libuv", 1), ("tokio", 1), ("go", 1),
    ("nanorun", 2), ("tokio", 2), ("go", 2),
]
RELAYS = [("nanorun", 1), ("plain_splice", 1), ("socat", 1)]
LOADS = [
    Load(ECHO, "echo_50", ["--connections=50"], SERVERS,
         {"requests_per_s": 0.97, "p99_us": 1.0,
          "server_cpu_us_per_request": 1.08}),
    Load(ECHO, "echo_1000", ["--connections=1000"], SERVERS,
         {"requests_per_s": 1.0, "p99_us": 1.0}),
    Load(RELAY, "relay_50", ["--connections=50"], RELAYS, {}),
    Load(RELAY, "relay_1000", ["--connections=1000"], RELAYS,
         {"cpu_us_per_mib": 1.3}),
    Load(UDP, "udp", [], [("nanorun", 1), ("plain_mmsg", 1), ("libuv", 1)],
         {}),
]

# What must stay flat. n times passes is the same everywhere, but for mem, whose
# tasks sleep on.
GROWTH = {"spawn_join": TASKS, "timers": TIMERS, "mem": TIMERS}
GROWTH_SIZES = [1000, 10000, 100000, 1000000]
GROWTH_WORKERS = {"nanorun": [1, 2, 4], "libuv": [1]}  # 2 for the others
GROWTH_CONNECTIONS = [1, 50, 1000, 10000]


def growth_options(workload, n, workers):
    passes = 1 if workload == "mem" else GROWTH_SIZES[-1] // n
    return [f"--n={n}", f"--workers={workers}", f"--passes={passes}"]
