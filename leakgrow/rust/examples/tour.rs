// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that the crate offers, with numbers that can be looked for in leakgrow's report:
//! `valgrind --tool=leakgrow target/debug/examples/tour`. Prints what it did.

use leakgrow::{label, Domain, Label, Scheme, Span, Task};
use std::time::Duration;
use tracing_subscriber::prelude::*;

const ROUNDS: usize = 100;

/// Synchronous work, whose strings are counted under "parse".
fn parse(kept: &mut Vec<String>, round: usize) {
    let _span = leakgrow::span!("parse");
    kept.push(format!("line {round}"));
}

/// A span per session; every tenth is forgotten.
fn sessions() {
    for i in 0..ROUNDS {
        let session = Span::new(label!("session"));
        session.in_scope(|| std::hint::black_box(vec![i as u8; 100]));
        if i % 10 == 0 {
            std::mem::forget(session);
        }
    }
    let named: &'static Label = Label::leak(&format!("named {}", 7), "", 0);
    drop(Span::root(named));
}

/// A task of no executor; every fourth never ends.
fn jobs() {
    for i in 0..ROUNDS {
        let job = Task::new(label!("job"));
        for _ in 0..3 {
            let _running = job.resume();
            std::hint::black_box(vec![i as u8; 10]);
        }
        if i % 4 == 0 {
            std::mem::forget(job);
        }
    }
}

/// Tasks of tokio with labels, and spans of tracing in them.
async fn service() {
    for i in 0..ROUNDS {
        leakgrow::tokio::spawn(label!("request"), async move {
            let span = tracing::info_span!("handle", i);
            span.in_scope(|| std::hint::black_box(vec![0u8; 64]));
            tokio::task::yield_now().await;
            if i % 5 == 0 {
                std::mem::forget(span);
            }
        })
        .await
        .unwrap();
    }
    for _ in 0..7 {
        leakgrow::tokio::spawn(label!("heartbeat"), tokio::time::sleep(Duration::from_secs(3600)));
    }
    leakgrow::tokio::spawn_blocking(label!("blocking"), || std::hint::black_box(vec![1u8; 1000])).await.unwrap();
    Span::new(label!("future")).wrap(tokio::task::yield_now()).await;
}

/// Objects that are retired and freed two epochs later, but for the last.
fn epochs() {
    let domain = Domain::new("tour", Scheme::Ebr);
    let mut retired = std::collections::VecDeque::new();
    for epoch in 0..ROUNDS {
        let object = Box::new([epoch; 16]);
        let _pinned = domain.pin(1);
        let address = object.as_ptr().cast();
        domain.retire_owner(address, 0, 1, 5);
        if epoch % 2 == 0 {
            domain.queued(address);
        } else {
            domain.queued_all(5);
        }
        retired.push_back(object);
        if retired.len() > 2 {
            let oldest = retired.pop_front().unwrap();
            domain.reclaim(oldest.as_ptr().cast());
            drop(oldest);
        }
        domain.advance(epoch + 1);
        domain.quiescent(1);
    }
    std::mem::forget(retired);
}

fn main() {
    tracing_subscriber::registry().with(leakgrow::tracing::Layer::new()).init();
    let present = leakgrow::is_present();
    let mut kept = Vec::new();
    for round in 0..ROUNDS {
        parse(&mut kept, round);
        leakgrow::tick(1);
    }
    leakgrow::mark("parsed");
    sessions();
    jobs();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(service());
    epochs();
    leakgrow::snapshot("done");
    println!(
        "truth: present={} ticks={ROUNDS} sessions=100 sessions_open=10 jobs=100 jobs_open=25 requests=100 requests_open=0 \
        heartbeats=7 heartbeats_open=7 handles=100 handles_open=20 blocking=1 blocking_open=0 retired=100 freed=98",
        u8::from(present)
    );
    std::process::exit(0);
}
