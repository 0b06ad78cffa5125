// SPDX-License-Identifier: MIT
//! Timers, and tasks that wait for them.

use crate::measure::{self, check, Options, Watch};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::unconstrained;
use tokio::time::{sleep, Sleep};

fn delay_ms(i: u64) -> u64 {
    1 + u64::from((i as u32).wrapping_mul(2654435761) % 10000)
}

/// A future whose only poll arms and drops sleeps itself: so timers are
/// measured, not tasks. It is awaited unconstrained: beyond tokio's budget for
/// one poll its sleeps would arm nothing.
struct Once<F>(F);

impl<F: FnMut(&mut Context) + Unpin> Future for Once<F> {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<()> {
        (self.0)(cx);
        Poll::Ready(())
    }
}

fn arm(sleep: Pin<&mut Sleep>, cx: &mut Context) -> u64 {
    u64::from(sleep.poll(cx).is_pending())
}

/// A delay begins before it is armed, so it may be over by then where the
/// system held the thread up in between: rare, and as much work.
fn check_armed(armed: u64, n: u64) {
    check(armed + n / 100 + 1 >= n, "the timers");
}

pub async fn timers(o: Options) {
    let mut armed = 0;
    unconstrained(Once(|cx: &mut Context| {
        let watch = Watch::start();
        let mut sleeps = Vec::with_capacity(o.n as usize);
        for i in 0..o.n {
            let mut one = Box::pin(sleep(Duration::from_millis(delay_ms(i))));
            armed += arm(one.as_mut(), cx);
            sleeps.push(one);
        }
        drop(sleeps);
        watch.stop(o.n);
    }))
    .await;
    check_armed(armed, o.n);
}

pub async fn timer_churn(o: Options) {
    let mut armed = 0;
    unconstrained(Once(|cx: &mut Context| {
        let watch = Watch::start();
        for _ in 0..o.n {
            let one = sleep(Duration::from_secs(1));
            tokio::pin!(one);
            armed += arm(one, cx);
        }
        watch.stop(o.n);
    }))
    .await;
    check_armed(armed, o.n);
}

pub async fn sleep_1ms(o: Options) {
    let mut late = Duration::ZERO;
    let watch = Watch::start();
    for _ in 0..o.n {
        let began = Instant::now();
        sleep(Duration::from_millis(1)).await;
        let slept = began.elapsed();
        check(slept >= Duration::from_millis(1), "a sleep that ended early");
        late += slept - Duration::from_millis(1);
    }
    watch.stop(o.n);
    let late_us = late.as_nanos() as f64 / 1000.0 / o.n as f64;
    measure::FIGURES.lock().unwrap().extra = Some(("late_us", late_us));
}

pub async fn mem(o: Options) {
    let awake = Arc::new(AtomicU64::new(o.n));
    let all_asleep = Arc::new(Notify::new());
    let before = measure::resident_bytes();
    let watch = Watch::start();
    for _ in 0..o.n {
        let (awake, all_asleep) = (awake.clone(), all_asleep.clone());
        tokio::spawn(async move {
            if awake.fetch_sub(1, Ordering::SeqCst) == 1 {
                all_asleep.notify_one();
            }
            // Not kept while it sleeps: only the sleep is.
            drop((awake, all_asleep));
            sleep(Duration::from_secs(3600)).await;
        });
    }
    all_asleep.notified().await;
    watch.stop(o.n);
    let taken = measure::resident_bytes() - before;
    measure::FIGURES.lock().unwrap().extra =
        Some(("bytes_per_task", taken as f64 / o.n as f64));
}
