// SPDX-License-Identifier: MIT
//! Channels and a mutex, with and without somebody who waits.

use crate::measure::{check, Options, Watch};
use tokio::sync::mpsc::{channel, Receiver, Sender};
use tokio::sync::Mutex;

const PAIRS: u64 = 1000;
const ROOM: usize = 16;

async fn serve(there: Sender<u64>, mut back: Receiver<u64>, turns: u64) -> u64 {
    let mut ball = 0;
    for _ in 0..turns {
        there.send(ball).await.unwrap();
        ball = back.recv().await.unwrap();
    }
    ball
}

async fn answer(mut there: Receiver<u64>, back: Sender<u64>, turns: u64) -> u64 {
    for _ in 0..turns {
        let ball = there.recv().await.unwrap();
        back.send(ball + 1).await.unwrap();
    }
    0
}

async fn play(o: Options, count: u64) {
    let turns = (o.n / count).max(1);
    let watch = Watch::start();
    let mut tasks = Vec::new();
    for _ in 0..count {
        let (to_second, from_first) = channel(1);
        let (to_first, from_second) = channel(1);
        tasks.push(tokio::spawn(serve(to_second, from_second, turns)));
        tasks.push(tokio::spawn(answer(from_first, to_first, turns)));
    }
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    watch.stop(sum);
    check(sum == count * turns, "the round trips");
}

pub async fn ping_pong_chan(o: Options) {
    play(o, PAIRS).await
}

pub async fn chan_ping_pong(o: Options) {
    play(o, 1).await
}

pub async fn mutex_uncontended(o: Options) {
    let lock = Mutex::new(0);
    let watch = Watch::start();
    for _ in 0..o.n {
        *lock.lock().await += 1;
    }
    watch.stop(o.n);
    check(*lock.lock().await == o.n, "the locks");
}

pub async fn chan_uncontended(o: Options) {
    let (sender, mut receiver) = channel(ROOM);
    let mut sum = 0;
    let watch = Watch::start();
    for i in 0..o.n {
        sender.send(i).await.unwrap();
        sum += receiver.recv().await.unwrap();
    }
    watch.stop(o.n);
    check(sum == o.n * (o.n - 1) / 2, "the items");
}
