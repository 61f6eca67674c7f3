// SPDX-License-Identifier: GPL-2.0-or-later
//! Jobs by number. The flaw is its user's: the handle of a job that is done keeps what it returned until somebody takes it.

use crate::truth::{Count, CountDrop};
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Jobs spawned, and those whose future is gone.
pub static SPAWNED: Count = Count::new();
pub static FINISHED: Count = Count::new();

#[derive(Default)]
pub struct Jobs {
    handles: HashMap<u64, JoinHandle<Vec<u64>>>,
}

impl Jobs {
    pub fn start_job(&mut self, id: u64) {
        SPAWNED.add(1);
        let finished = CountDrop(&FINISHED);
        let handle = tokio::spawn(async move {
            let _finished = finished;
            tokio::time::sleep(Duration::from_millis(1)).await;
            (0..32).map(|row| row * id).collect()
        });
        self.handles.insert(id, handle);
    }

    pub fn reap(&mut self) {
        self.handles.retain(|_, handle| !handle.is_finished());
    }

    /// Jobs whose handles are kept.
    pub fn len(&self) -> usize {
        self.handles.len()
    }
}
