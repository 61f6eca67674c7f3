// SPDX-License-Identifier: MIT OR Apache-2.0
//! Spawning on tokio with a label (feature `tokio`).
//!
//! leakgrow sees tokio's tasks by itself as long as the binary has symbols, and calls them by the type of their future. A label gives
//! them a name, also in a stripped binary. A task spawned here is counted once, under its label.

// The names of these functions on a task's spawn stack tell leakgrow that the task is counted already: they are never inlined.

use crate::{Label, Task};
use std::future::Future;
use tokio::task::JoinHandle;

/// As `tokio::spawn`, with a label.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let task = leakgrow::tokio::spawn(leakgrow::label!("heartbeat"), async { 7 });
/// assert_eq!(task.await.unwrap(), 7);
/// # });
/// ```
///
/// # Panics
/// Outside of a tokio runtime.
#[track_caller]
#[inline(never)]
pub fn spawn<F>(label: &'static Label, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(Task::new(label).wrap(future))
}

/// As `tokio::task::spawn_local`, with a label.
///
/// # Panics
/// Outside of a `LocalSet`.
#[track_caller]
#[inline(never)]
pub fn spawn_local<F>(label: &'static Label, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(Task::new(label).wrap(future))
}

/// As `tokio::task::spawn_blocking`, with a label. The task waits from the call until a thread takes it.
///
/// # Panics
/// Outside of a tokio runtime.
#[track_caller]
#[inline(never)]
pub fn spawn_blocking<W, R>(label: &'static Label, work: W) -> JoinHandle<R>
where
    W: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let task = Task::new(label);
    tokio::task::spawn_blocking(move || {
        let _running = task.resume();
        work()
    })
}
