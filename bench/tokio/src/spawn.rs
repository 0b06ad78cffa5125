// SPDX-License-Identifier: MIT
//! Spawning many tasks, side by side and one out of the other.

use crate::measure::{check, Options, Watch};
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

async fn trivial(i: u64) -> u64 {
    i
}

async fn join_all(handles: Vec<JoinHandle<u64>>) -> u64 {
    let mut sum = 0;
    for handle in handles {
        sum += handle.await.unwrap();
    }
    sum
}

fn check_sum(sum: u64, n: u64) {
    check(sum == n * (n - 1) / 2, "the sum of the results");
}

pub async fn spawn_join(o: Options) {
    let watch = Watch::start();
    let mut handles = Vec::with_capacity(o.n as usize);
    for i in 0..o.n {
        handles.push(tokio::spawn(trivial(i)));
    }
    let sum = join_all(handles).await;
    watch.stop(o.n);
    check_sum(sum, o.n);
}

pub fn spawn_remote(rt: &Runtime, o: Options) {
    let watch = Watch::start();
    let mut handles = Vec::with_capacity(o.n as usize);
    for i in 0..o.n {
        handles.push(rt.spawn(trivial(i)));
    }
    let sum = rt.block_on(join_all(handles));
    watch.stop(o.n);
    check_sum(sum, o.n);
}

fn spawn_link(left: u64, end: Arc<Notify>) {
    if left == 0 {
        return end.notify_one();
    }
    tokio::spawn(async move { spawn_link(left - 1, end) });
}

pub async fn chained_spawn(o: Options) {
    let end = Arc::new(Notify::new());
    let watch = Watch::start();
    spawn_link(o.n, end.clone());
    end.notified().await;
    watch.stop(o.n);
}
