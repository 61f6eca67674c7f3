// SPDX-License-Identifier: MIT OR Apache-2.0
//! Spans: what the program is doing.

use crate::id;
use crate::request::{code, flag, tell};
use crate::Label;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Begins a span that ends with the scope: `let _span = leakgrow::span!("parse");`
///
/// Bind it to a name: `let _ = ...` would end it at once. It is for code that runs through on one thread; the guard cannot be held
/// across an await of a future that may move to another thread. For futures there is [`Span::wrap`].
///
/// ```
/// fn parse(text: &str) -> Vec<String> {
///     let _span = leakgrow::span!("parse");
///     text.lines().map(String::from).collect() // what is allocated here is counted under "parse"
/// }
/// # assert_eq!(parse("a\nb").len(), 2);
/// ```
#[macro_export]
macro_rules! span {
    ($name:literal) => {
        $crate::Scope::begin($crate::label!($name))
    };
}

/// A span of a scope, made by [`span!`](crate::span!). It ends when it is dropped, on the thread that began it.
#[derive(Debug)]
#[must_use = "the span ends as soon as this is dropped"]
pub struct Scope {
    label: &'static Label,
    not_send: PhantomData<*const ()>,
}

impl Scope {
    /// Begins a span on this thread.
    #[inline]
    pub fn begin(label: &'static Label) -> Scope {
        tell(code::SPAN_BEGIN, [label.arg(), 0, 0, 0, 0]);
        Scope { label, not_send: PhantomData }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        tell(code::SPAN_END, [self.label.arg(), 0, 0, 0, 0]);
    }
}

/// A span that is entered and left any number of times, on any thread, and closed when it is dropped.
///
/// ```
/// use leakgrow::{label, Span};
/// let session = Span::new(label!("session"));
/// session.in_scope(|| { /* allocations here are the session's */ });
/// {
///     let _entered = session.enter();
///     // here too
/// }
/// drop(session); // from here on it is no longer counted as open
/// ```
#[derive(Debug)]
pub struct Span {
    id: usize,
}

impl Span {
    /// Opens a span below the one that is current on this thread.
    #[inline]
    pub fn new(label: &'static Label) -> Span {
        Span::with_flags(label, flag::PARENT_CURRENT)
    }

    /// Opens a span that is not part of what is current.
    #[inline]
    pub fn root(label: &'static Label) -> Span {
        Span::with_flags(label, flag::PARENT_NONE)
    }

    #[inline]
    fn with_flags(label: &'static Label, flags: usize) -> Span {
        let id = id::fresh();
        tell(code::SPAN_NEW, [id, label.arg(), 0, flags, 0]);
        Span { id }
    }

    /// Enters the span on this thread until the guard is dropped. In async code use [`Span::wrap`]: a guard that is held across an
    /// await leaves the span entered while other futures run.
    #[inline]
    pub fn enter(&self) -> Entered<'_> {
        tell(code::SPAN_ENTER, [self.id, 0, 0, 0, 0]);
        Entered { span: self, not_send: PhantomData }
    }

    /// Calls `work` inside the span.
    #[inline]
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        work()
    }

    /// A future that is inside the span whenever it is polled, and closes it when it is dropped.
    ///
    /// ```
    /// # use leakgrow::{label, Span};
    /// async fn handle(request: u64) -> u64 { request + 1 }
    /// let future = Span::new(label!("handle")).wrap(handle(7));
    /// # fn is_future<F: std::future::Future<Output = u64>>(_: &F) {}
    /// # is_future(&future);
    /// ```
    #[inline]
    pub fn wrap<F: Future>(self, future: F) -> InSpan<F> {
        InSpan { future, span: self }
    }
}

impl Drop for Span {
    #[inline]
    fn drop(&mut self) {
        tell(code::SPAN_CLOSE, [self.id, 0, 0, 0, 0]);
    }
}

/// Leaves the span when it is dropped. See [`Span::enter`].
#[derive(Debug)]
#[must_use = "the span is left as soon as this is dropped"]
pub struct Entered<'a> {
    span: &'a Span,
    not_send: PhantomData<*const ()>,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        tell(code::SPAN_EXIT, [self.span.id, 0, 0, 0, 0]);
    }
}

/// A future inside a span. See [`Span::wrap`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are polled"]
pub struct InSpan<F> {
    // Before the span, which is closed only after the future is gone.
    future: F,
    span: Span,
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future is never moved out of its place; the span does not depend on its own.
        let this = unsafe { self.get_unchecked_mut() };
        let _entered = this.span.enter();
        unsafe { Pin::new_unchecked(&mut this.future) }.poll(context)
    }
}
