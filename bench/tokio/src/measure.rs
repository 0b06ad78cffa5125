// SPDX-License-Identifier: MIT
//! The command line, the clocks and the line of figures: bench/measure.h in
//! Rust.

use std::fs;
use std::process::exit;
use std::sync::Mutex;
use std::time::Instant;

/// What a pass is to do; copied into the tasks.
#[derive(Clone, Copy)]
pub struct Options {
    pub n: u64,
    pub workers: usize,
    pub passes: u32,
    pub warm_ups: u32,
}

impl Options {
    pub fn read(mut self, args: &[String]) -> Options {
        for arg in args {
            let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
            let value: u64 = value.parse().unwrap_or_else(|_| misuse(arg));
            match name {
                "--n" => self.n = value,
                "--workers" => self.workers = value as usize,
                "--passes" => self.passes = value as u32,
                "--warm_ups" => self.warm_ups = value as u32,
                _ => misuse(arg),
            }
        }
        self
    }
}

fn misuse(arg: &str) -> ! {
    eprintln!("not understood: {arg}");
    exit(2)
}

/// The sums of all passes, and a further figure.
pub struct Figures {
    pub ops: u64,
    pub wall_ns: u64,
    pub cpu_ns: u64,
    pub extra: Option<(&'static str, f64)>,
}

pub static FIGURES: Mutex<Figures> = Mutex::new(Figures {
    ops: 0,
    wall_ns: 0,
    cpu_ns: 0,
    extra: None,
});

/// The measured part of a pass, from its making to `stop`.
pub struct Watch {
    wall: Instant,
    cpu_ns: u64,
}

impl Watch {
    pub fn start() -> Watch {
        let cpu_ns = cpu_ns();
        Watch { wall: Instant::now(), cpu_ns }
    }

    pub fn stop(self, ops: u64) {
        let wall_ns = self.wall.elapsed().as_nanos() as u64;
        let mut figures = FIGURES.lock().unwrap();
        figures.wall_ns += wall_ns;
        figures.cpu_ns += cpu_ns() - self.cpu_ns;
        figures.ops += ops;
    }
}

/// Of the whole process, user and system.
fn cpu_ns() -> u64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let ns = |t: libc::timeval| t.tv_sec as u64 * 1_000_000_000 + t.tv_usec as u64 * 1000;
    ns(usage.ru_utime) + ns(usage.ru_stime)
}

pub fn resident_bytes() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

pub fn check(is_right: bool, what: &str) {
    if !is_right {
        eprintln!("wrong: {what}");
        exit(1);
    }
}

pub fn print(workload: &str, options: &Options) {
    let figures = FIGURES.lock().unwrap();
    let ops = figures.ops as f64;
    let mut line = format!(
        "{{\"workload\":\"{workload}\",\"n\":{},\"workers\":{},\
         \"ns_per_op\":{:.2},\"cpu_ns_per_op\":{:.2},\"peak_kib\":{}",
        options.n,
        options.workers,
        figures.wall_ns as f64 / ops,
        figures.cpu_ns as f64 / ops,
        peak_kib()
    );
    if let Some((name, value)) = figures.extra {
        line += &format!(",\"{name}\":{value:.2}");
    }
    println!("{line}}}");
}
