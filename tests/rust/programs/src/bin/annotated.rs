// SPDX-License-Identifier: GPL-2.0-or-later
//! annotated SCENARIO [--fixed] [--requests=N]: programs that speak to leakgrow through its crate.
//!
//! SCENARIO: `current`, `local`, `unordered` (the service of service.rs with leakgrow's layer), `heartbeat` (tasks spawned with a label;
//! nobody ends the heartbeats, with --fixed they are aborted), `work` (a cache that is never emptied; --fixed empties it, with a span
//! and a tick per request).

use leakgrow::label;
use programs::args::Args;
use programs::service::{run, CountSpans};
use programs::truth::{tell_and_exit, Count, CountDrop};
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MS: Duration = Duration::from_millis(1);

static SPAWNED: Count = Count::new();
static FINISHED: Count = Count::new();

async fn heartbeat(requests: u64, fixed: bool) {
    for _ in 0..requests {
        SPAWNED.add(1);
        let finished = CountDrop(&FINISHED);
        let beats = leakgrow::tokio::spawn(label!("client heartbeat"), async move {
            let _finished = finished;
            tokio::time::sleep(Duration::from_secs(3600)).await;
        });
        leakgrow::tokio::spawn(label!("request"), tokio::time::sleep(MS)).await.unwrap();
        if fixed {
            beats.abort();
        }
        leakgrow::tick(1);
    }
    for _ in 0..20 {
        tokio::time::sleep(MS).await;
    }
    tell_and_exit(&[("requests", requests), ("heartbeats_spawned", SPAWNED.get()), ("heartbeats_finished", FINISHED.get())]);
}

fn remember(cache: &mut Vec<String>, request: u64) {
    let _span = leakgrow::span!("remember");
    cache.push(format!("request {request} and its answer"));
}

fn work(requests: u64, fixed: bool) {
    let mut cache = Vec::new();
    for request in 0..requests {
        remember(&mut cache, request);
        if fixed && cache.len() > 100 {
            cache.clear();
        }
        leakgrow::tick(1);
        std::thread::sleep(MS);
    }
    tell_and_exit(&[("requests", requests), ("cached", cache.len() as u64)]);
}

fn main() {
    let args = Args::read();
    let requests = args.get("requests", 2000);
    match args.scenario.as_str() {
        "heartbeat" => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap()
            .block_on(heartbeat(requests, args.fixed)),
        "work" => work(requests, args.fixed),
        scenario => {
            tracing_subscriber::registry().with(CountSpans).with(leakgrow::tracing::Layer::new()).init();
            run(scenario, requests, args.fixed);
        }
    }
}
