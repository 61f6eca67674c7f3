// SPDX-License-Identifier: GPL-2.0-or-later
//! A client library as many exist: every client keeps its connection alive with a background task. The flaw: that task outlives the
//! client, and `Default` starts one as well, so that `Client { timeout, ..Default::default() }` does.

use crate::truth::{Count, CountDrop};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Heartbeats spawned, and those whose future is gone.
pub static SPAWNED: Count = Count::new();
pub static FINISHED: Count = Count::new();

pub struct HeartbeatTask {
    handle: JoinHandle<()>,
    /// The mended library's: the task ends with its owner.
    cancel_on_drop: bool,
}

impl HeartbeatTask {
    pub fn new(every: Duration, cancel_on_drop: bool) -> HeartbeatTask {
        SPAWNED.add(1);
        let finished = CountDrop(&FINISHED);
        let handle = tokio::spawn(async move {
            let _finished = finished;
            let mut beats = 0u64;
            loop {
                tokio::time::sleep(every).await;
                beats += 1;
                std::hint::black_box(beats);
            }
        });
        HeartbeatTask { handle, cancel_on_drop }
    }
}

impl Drop for HeartbeatTask {
    fn drop(&mut self) {
        if self.cancel_on_drop {
            self.handle.abort();
        }
    }
}

pub struct Client {
    pub timeout: Duration,
    pub retries: u32,
    pub heartbeat: HeartbeatTask,
}

impl Client {
    pub fn with_heartbeat(every: Duration) -> Client {
        let cancel_on_drop = mended();
        Client { timeout: Duration::from_secs(1), retries: 3, heartbeat: HeartbeatTask::new(every, cancel_on_drop) }
    }

    /// Asks the far side; returns the length of its answer.
    pub async fn call(&self, request: u64) -> usize {
        tokio::time::sleep(self.timeout.min(Duration::from_millis(1))).await;
        answer(request, self.retries).len()
    }
}

impl Default for Client {
    fn default() -> Client {
        Client::with_heartbeat(Duration::from_secs(30))
    }
}

fn answer(request: u64, retries: u32) -> String {
    (0..8).map(|row| format!("request {request}, row {row}, retries {retries}\n")).collect()
}

static MENDED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Chooses the version of the library: with or without the flaw.
pub fn mend(yes: bool) {
    MENDED.store(yes, std::sync::atomic::Ordering::SeqCst);
}

fn mended() -> bool {
    MENDED.load(std::sync::atomic::Ordering::SeqCst)
}
