// SPDX-License-Identifier: MIT
//! Trees of calls: spawned and joined, or awaited in place. A recursive call
//! in place must be boxed, or the future would contain itself.

use crate::measure::{check, Options, Watch};
use std::future::Future;
use std::pin::Pin;
use tokio::task::JoinHandle;

const CHILDREN: u64 = 10;

fn spawn_node(first: u64, leaves: u64) -> JoinHandle<u64> {
    tokio::spawn(async move {
        if leaves == 1 {
            return first;
        }
        let leaves = leaves / CHILDREN;
        let children: [JoinHandle<u64>; CHILDREN as usize] =
            std::array::from_fn(|i| spawn_node(first + i as u64 * leaves, leaves));
        let mut sum = 0;
        for child in children {
            sum += child.await.unwrap();
        }
        sum
    })
}

pub async fn skynet(o: Options) {
    let watch = Watch::start();
    let sum = spawn_node(0, o.n).await.unwrap();
    watch.stop(o.n);
    check(sum == o.n * (o.n - 1) / 2, "the sum of the leaves");
}

type Call = Pin<Box<dyn Future<Output = u64> + Send>>;

fn spawning_fib(n: u64) -> Call {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let a = tokio::spawn(spawning_fib(n - 1));
        let b = spawning_fib(n - 2).await;
        a.await.unwrap() + b
    })
}

fn plain_fib(n: u64) -> Call {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        plain_fib(n - 1).await + plain_fib(n - 2).await
    })
}

fn fib_of(n: u64) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

pub async fn fib(o: Options) {
    let watch = Watch::start();
    let found = spawning_fib(o.n).await;
    watch.stop(fib_of(o.n + 1) - 1);
    check(found == fib_of(o.n), "fib");
}

pub async fn await_fib(o: Options) {
    let watch = Watch::start();
    let found = plain_fib(o.n).await;
    watch.stop(2 * fib_of(o.n + 1) - 1);
    check(found == fib_of(o.n), "fib");
}
