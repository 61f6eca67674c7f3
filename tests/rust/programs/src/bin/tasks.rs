// SPDX-License-Identifier: GPL-2.0-or-later
//! tasks SCENARIO [--fixed] [--runtime=current|multi] [--requests=N]: a tokio service that keeps what it should not.
//!
//! SCENARIO: `heartbeat` (a client whose constructor spawns a task that nobody ends), `channel` (an unbounded channel with a slow
//! reader; --fixed bounds it), `joinmap` (a map of JoinHandles from which finished jobs are never taken; --fixed takes them).

use programs::args::{usage, Args};
use programs::client::{self, Client};
use programs::jobs::{self, Jobs};
use programs::truth::{tell_and_exit, Count, CountDrop};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

/// Tasks of the program itself; those of its libraries are counted there.
static SPAWNED: Count = Count::new();
static FINISHED: Count = Count::new();

const MS: Duration = Duration::from_millis(1);

/// Lets the runtime finish what was aborted or is about to end.
async fn settle() {
    for _ in 0..20 {
        tokio::time::sleep(MS).await;
    }
}

async fn handle_request(request: u64) -> usize {
    let client = Client { timeout: Duration::from_millis(200 + request % 7), ..Default::default() };
    client.call(request).await
}

async fn heartbeat(requests: u64) -> ! {
    let own = Client::with_heartbeat(Duration::from_millis(100)); // which may keep its task
    let mut bytes = own.call(0).await;
    for request in 0..requests {
        SPAWNED.add(1);
        let finished = CountDrop(&FINISHED);
        let task = tokio::spawn(async move {
            let _finished = finished;
            handle_request(request).await
        });
        bytes += task.await.unwrap();
    }
    settle().await;
    tell_and_exit(&[
        ("requests", requests),
        ("bytes", bytes as u64),
        ("tasks_spawned", SPAWNED.get() + client::SPAWNED.get()),
        ("tasks_finished", FINISHED.get() + client::FINISHED.get()),
        ("heartbeats_spawned", client::SPAWNED.get()),
        ("heartbeats_finished", client::FINISHED.get()),
    ]);
}

struct Event {
    request: u64,
    text: String,
}

enum Publisher {
    Unbounded(mpsc::UnboundedSender<Event>),
    Bounded(mpsc::Sender<Event>),
}

impl Publisher {
    async fn publish_event(&self, request: u64) {
        let event = Event { request, text: format!("request {request} was served") };
        match self {
            Publisher::Unbounded(channel) => channel.send(event).ok().unwrap(),
            Publisher::Bounded(channel) => channel.send(event).await.ok().unwrap(),
        }
    }
}

static RECEIVED: Count = Count::new();

async fn archive(event: Event) {
    if event.request % 5 == 0 {
        tokio::time::sleep(MS).await;
    }
    std::hint::black_box(event.text.len());
    RECEIVED.add(1);
}

async fn channel(requests: u64, fixed: bool) -> ! {
    SPAWNED.add(1);
    let publisher = if fixed {
        let (send, mut receive) = mpsc::channel(64);
        tokio::spawn(async move {
            while let Some(event) = receive.recv().await {
                archive(event).await;
            }
        });
        Publisher::Bounded(send)
    } else {
        let (send, mut receive) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(event) = receive.recv().await {
                archive(event).await;
            }
        });
        Publisher::Unbounded(send)
    };
    for request in 0..requests {
        publisher.publish_event(request * 10).await;
        for part in 1..10 {
            publisher.publish_event(request * 10 + part).await;
        }
        tokio::time::sleep(MS).await;
    }
    tell_and_exit(&[
        ("requests", requests),
        ("events_sent", requests * 10),
        ("events_received", RECEIVED.get()),
        ("tasks_spawned", SPAWNED.get()),
        ("tasks_finished", 0),
    ]);
}

async fn joinmap(requests: u64, fixed: bool) -> ! {
    let mut jobs = Jobs::default();
    for request in 0..requests {
        if request % 10 == 0 {
            jobs.start_job(requests + request); // one more, say for a log
        }
        jobs.start_job(request);
        tokio::time::sleep(MS).await;
        if fixed {
            jobs.reap();
        }
    }
    settle().await;
    if fixed {
        jobs.reap();
    }
    let held = jobs.len() as u64;
    tell_and_exit(&[
        ("requests", requests),
        ("tasks_spawned", jobs::SPAWNED.get()),
        ("tasks_finished", jobs::FINISHED.get()),
        ("tasks_held", held),
    ]);
}

fn runtime(kind: &str) -> Runtime {
    match kind {
        "current" => Builder::new_current_thread().enable_time().build().unwrap(),
        "multi" => Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap(),
        other => usage(&format!("--runtime={other}: current or multi")),
    }
}

fn main() {
    let args = Args::read();
    let requests = args.get("requests", 2000);
    let fixed = args.fixed;
    client::mend(fixed);
    let runtime = runtime(&args.get("runtime", String::from("current")));
    match args.scenario.as_str() {
        "heartbeat" => runtime.block_on(heartbeat(requests)),
        "channel" => runtime.block_on(channel(requests, fixed)),
        "joinmap" => runtime.block_on(joinmap(requests, fixed)),
        other => usage(&format!("{other}: heartbeat, channel or joinmap")),
    }
}
