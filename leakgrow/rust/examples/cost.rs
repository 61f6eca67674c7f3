// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a call costs without the tool: prints `NAME NANOSECONDS` per line, each the least of several rounds.

use leakgrow::{label, span, tick, Span, Task};
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const CALLS: u32 = 200_000;
const ROUNDS: usize = 7;

fn measure(name: &str, mut call: impl FnMut()) {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        start.elapsed()
    });
    println!("{name} {:.1}", rounds.min().unwrap().as_nanos() as f64 / f64::from(CALLS));
}

fn main() {
    measure("nothing", || {
        black_box(0);
    });
    measure("tick", || {
        tick(black_box(1));
    });
    measure("span!", || {
        let _span = span!("measured");
    });
    let open = Span::new(label!("open"));
    measure("Span::enter", || {
        let _entered = open.enter();
    });
    measure("Span::new", || drop(Span::new(label!("measured"))));
    measure("Task::new", || drop(Task::new(label!("measured"))));
    let mut future = pin!(Task::new(label!("polled")).wrap(std::future::pending::<()>()));
    let mut context = Context::from_waker(Waker::noop());
    measure("Task::wrap, a poll", || assert_eq!(future.as_mut().poll(&mut context), Poll::Pending));
}
