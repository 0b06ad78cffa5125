// SPDX-License-Identifier: MIT
//! Tasks that take turns: by yielding, and by telling each other.

use crate::measure::{check, Options, Watch};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::yield_now;

const TASKS: u64 = 1000;

async fn yielder(turns: u64) -> u64 {
    let mut done = 0;
    while done < turns {
        yield_now().await;
        done += 1;
    }
    done
}

pub async fn many_yield(o: Options) {
    let turns = (o.n / TASKS).max(1);
    let watch = Watch::start();
    let tasks: Vec<_> = (0..TASKS).map(|_| tokio::spawn(yielder(turns))).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    watch.stop(sum);
    check(sum == TASKS * turns, "the yields");
}

pub async fn yield1(o: Options) {
    let watch = Watch::start();
    let done = yielder(o.n).await;
    watch.stop(done);
    check(done == o.n, "the yields");
}

#[derive(Default)]
struct Pair {
    ping: Notify,
    pong: Notify,
}

async fn pinger(pair: Arc<Pair>, turns: u64) -> u64 {
    for _ in 0..turns {
        pair.ping.notify_one();
        pair.pong.notified().await;
    }
    turns
}

async fn ponger(pair: Arc<Pair>, turns: u64) -> u64 {
    for _ in 0..turns {
        pair.ping.notified().await;
        pair.pong.notify_one();
    }
    turns
}

pub async fn ping_pong(o: Options) {
    let turns = (o.n / TASKS).max(1);
    let watch = Watch::start();
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let pair = Arc::new(Pair::default());
        tasks.push(tokio::spawn(pinger(pair.clone(), turns)));
        tasks.push(tokio::spawn(ponger(pair, turns)));
    }
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    watch.stop(sum / 2);
    check(sum == 2 * TASKS * turns, "the turns");
}
