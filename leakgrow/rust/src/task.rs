// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tasks: work that stops and goes on, on whichever thread.

use crate::id;
use crate::request::{code, tell};
use crate::Label;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

/// A task of the program's own executor: told when it goes on and when it stops. It ends when this is dropped.
///
/// Where it was made is the place that the report calls its spawn site. While it runs, allocations on that thread are the task's, and
/// spans that it has entered come and go with it.
///
/// Futures are easier with [`Task::wrap`]; tasks of tokio are seen without any of this, and named by
/// `leakgrow::tokio` (feature `tokio`).
///
/// ```
/// use leakgrow::{label, Task};
/// let job = Task::new(label!("compaction"));
/// for _step in 0..3 {
///     let _running = job.resume();
///     // one step of the job
/// }
/// ```
#[derive(Debug)]
pub struct Task {
    id: usize,
}

impl Task {
    /// A task that does not run yet.
    #[inline]
    pub fn new(label: &'static Label) -> Task {
        let id = id::fresh();
        tell(code::TASK_NEW, [id, label.arg(), 0, 0, 0]);
        Task { id }
    }

    /// The task goes on, on this thread, until the guard is dropped.
    #[inline]
    pub fn resume(&self) -> Running<'_> {
        tell(code::TASK_RESUME, [self.id, 0, 0, 0, 0]);
        Running { task: self, not_send: PhantomData }
    }

    /// A future that is this task: it goes on when it is polled, stops when that returns, and ends when it is dropped.
    ///
    /// ```
    /// # use leakgrow::{label, Task};
    /// let future = Task::new(label!("heartbeat")).wrap(async { /* ... */ });
    /// # fn is_future<F: std::future::Future<Output = ()>>(_: &F) {}
    /// # is_future(&future);
    /// ```
    #[inline]
    pub fn wrap<F: Future>(self, future: F) -> AsTask<F> {
        AsTask { future, task: self }
    }
}

impl Drop for Task {
    #[inline]
    fn drop(&mut self) {
        tell(code::TASK_END, [self.id, 0, 0, 0, 0]);
    }
}

/// Stops the task when it is dropped. See [`Task::resume`].
#[derive(Debug)]
#[must_use = "the task stops as soon as this is dropped"]
pub struct Running<'a> {
    task: &'a Task,
    not_send: PhantomData<*const ()>,
}

impl Drop for Running<'_> {
    #[inline]
    fn drop(&mut self) {
        tell(code::TASK_SUSPEND, [self.task.id, 0, 0, 0, 0]);
    }
}

/// A future that is a task. See [`Task::wrap`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct AsTask<F> {
    // Before the task, which ends only after the future is gone.
    future: F,
    task: Task,
}

impl<F: Future> Future for AsTask<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future is never moved out of its place; the task does not depend on its own.
        let this = unsafe { self.get_unchecked_mut() };
        let _running = this.task.resume();
        unsafe { Pin::new_unchecked(&mut this.future) }.poll(context)
    }
}
