// SPDX-License-Identifier: MIT
//! The workloads of the bench in tokio: the multi-thread runtime with default
//! settings, written as its users write. A workload runs as a task, for the
//! thread in block_on is none of the workers. bench/nanorun/workloads.h says
//! what each workload is, bench/measure.h what is read and printed.

mod channels;
mod measure;
mod spawn;
mod timers;
mod tree;
mod turns;

use measure::Options;
use std::future::Future;
use std::pin::Pin;
use tokio::runtime::{Builder, Runtime};

type Workload = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The name, n, workers, warm-ups, and the code; but for spawn_remote, which
/// is outside of the runtime.
type Row = (&'static str, u64, usize, u32, fn(Options) -> Workload);

macro_rules! row {
    ($name:literal, $n:expr, $workers:expr, $warm_ups:expr, $f:path) => {
        ($name, $n, $workers, $warm_ups, |o| Box::pin($f(o)))
    };
}

const ROWS: &[Row] = &[
    row!("spawn_join", 1_000_000, 2, 1, spawn::spawn_join),
    row!("chained_spawn", 1_000_000, 2, 1, spawn::chained_spawn),
    row!("skynet", 1_000_000, 2, 1, tree::skynet),
    row!("fib", 30, 2, 1, tree::fib),
    row!("await", 35, 2, 0, tree::await_fib),
    row!("yield", 1_000_000, 2, 1, turns::many_yield),
    row!("yield1", 5_000_000, 2, 0, turns::yield1),
    row!("ping_pong", 1_000_000, 2, 1, turns::ping_pong),
    row!("ping_pong_chan", 1_000_000, 2, 1, channels::ping_pong_chan),
    row!("chan_ping_pong", 1_000_000, 1, 0, channels::chan_ping_pong),
    row!("mutex_uncontended", 5_000_000, 1, 0, channels::mutex_uncontended),
    row!("chan_uncontended", 5_000_000, 1, 0, channels::chan_uncontended),
    row!("timers", 1_000_000, 2, 1, timers::timers),
    row!("timer_churn", 5_000_000, 2, 0, timers::timer_churn),
    row!("sleep_1ms", 1_000, 2, 0, timers::sleep_1ms),
    row!("mem", 1_000_000, 2, 0, timers::mem),
];

fn run_passes(name: &str, options: Options, pass: impl Fn(&Runtime)) {
    let rt = Builder::new_multi_thread()
        .worker_threads(options.workers)
        .enable_all()
        .build()
        .unwrap();
    for _ in 0..options.warm_ups {
        pass(&rt);
    }
    *measure::FIGURES.lock().unwrap() =
        measure::Figures { ops: 0, wall_ns: 0, cpu_ns: 0, extra: None };
    for _ in 0..options.passes {
        pass(&rt);
    }
    measure::print(name, &options);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let name = args.get(1).map_or("", String::as_str);
    let defaults = |n, workers, warm_ups| {
        Options { n, workers, passes: 1, warm_ups }.read(&args[2..])
    };
    if name == "spawn_remote" {
        let options = defaults(1_000_000, 2, 1);
        return run_passes(name, options, |rt| spawn::spawn_remote(rt, options));
    }
    for &(row_name, n, workers, warm_ups, workload) in ROWS {
        if row_name == name {
            let options = defaults(n, workers, warm_ups);
            return run_passes(name, options, |rt| {
                rt.block_on(async move { tokio::spawn(workload(options)).await.unwrap() })
            });
        }
    }
    eprintln!("no such workload: {name}");
    std::process::exit(2);
}
