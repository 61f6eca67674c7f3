// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the crate promises whether or not leakgrow runs the program.

use leakgrow::{label, span, AsTask, Domain, InSpan, Label, Scheme, Span, Task};
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

struct NoWake;

impl Wake for NoWake {
    fn wake(self: Arc<Self>) {}
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Arc::new(NoWake).into()))
}

/// Ready at its third poll.
fn third() -> impl Future<Output = u32> {
    let mut polls = 0;
    std::future::poll_fn(move |_| {
        polls += 1;
        if polls == 3 {
            Poll::Ready(polls)
        } else {
            Poll::Pending
        }
    })
}

/// Calls are answered alike: all taken or none.
#[test]
fn answers_agree() {
    let present = leakgrow::is_present();
    assert_eq!(leakgrow::tick(0), present);
    assert_eq!(leakgrow::tick(usize::MAX), present);
    assert_eq!(leakgrow::mark("a name"), present);
    assert_eq!(leakgrow::snapshot(""), present);
    assert_eq!(leakgrow::snapshot("named"), present);
}

#[test]
fn names_of_any_length_and_content() {
    for length in [0, 1, 254, 255, 256, 257, 100_000] {
        let present = leakgrow::is_present();
        assert_eq!(leakgrow::mark(&"x".repeat(length)), present);
    }
    leakgrow::mark("with a \0 in it");
    leakgrow::mark(&"ü".repeat(128)); // 256 bytes: the cut is inside a letter
    #[cfg(feature = "std")]
    assert_eq!(Label::leak("before\0after", "some.rs", 3).name().to_str(), Ok("before"));
}

#[test]
fn labels_know_their_place() {
    let line = line!() + 1;
    let label = label!("here");
    assert_eq!(label.name().to_str(), Ok("here"));
    assert!(label.file().to_str().unwrap().ends_with("behaviour.rs"));
    assert_eq!(label.line(), line);
    static MADE: Label = Label::new(c"kind 1", c"", 0);
    let made = &MADE;
    assert_eq!(format!("{made:?}"), "Label { name: \"kind 1\", file: \"\", line: 0 }");
}

#[test]
fn one_label_per_place() {
    let place = || label!("same");
    assert!(std::ptr::eq(place(), place()));
    assert!(!std::ptr::eq(label!("same"), label!("same")));
}

#[test]
fn wrapped_futures_yield_what_the_inner_ones_do() {
    let mut in_span = pin!(Span::new(label!("in span")).wrap(third()));
    let mut as_task = pin!(Task::new(label!("as task")).wrap(third()));
    for _ in 0..2 {
        assert_eq!(poll(in_span.as_mut()), Poll::Pending);
        assert_eq!(poll(as_task.as_mut()), Poll::Pending);
    }
    assert_eq!(poll(in_span), Poll::Ready(3));
    assert_eq!(poll(as_task), Poll::Ready(3));
}

#[test]
fn wrapped_futures_drop_what_they_own() {
    let dropped = Rc::new(Cell::new(0));
    struct CountDrop(Rc<Cell<u32>>);
    impl Drop for CountDrop {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let owned = || {
        let counted = CountDrop(dropped.clone());
        async move {
            let _counted = counted;
            std::future::pending::<()>().await
        }
    };
    drop(Span::new(label!("never polled")).wrap(owned()));
    let mut polled = Box::pin(Task::new(label!("polled once")).wrap(owned()));
    assert_eq!(poll(polled.as_mut()), Poll::Pending);
    assert_eq!(dropped.get(), 1);
    drop(polled);
    assert_eq!(dropped.get(), 2);
}

#[test]
fn guards_survive_panics() {
    let caught = std::panic::catch_unwind(|| {
        let _span = span!("panics");
        let session = Span::new(label!("panics too"));
        let _entered = session.enter();
        panic!("on purpose");
    });
    assert!(caught.is_err());
    let _span = span!("goes on");
}

#[test]
fn values_come_back_from_scopes() {
    assert_eq!(Span::root(label!("scope")).in_scope(|| 7), 7);
    let task = Task::new(label!("runs"));
    let running = task.resume();
    drop(running);
}

#[test]
fn domains_take_any_address() {
    let domain = Domain::new("any", Scheme::Hp);
    for address in [0usize, 1, usize::MAX] {
        let address = address as *const u8;
        domain.retire(address, 0);
        domain.retire(address, usize::MAX);
        domain.retire_owner(address, 1, usize::MAX, 3);
        domain.queued(address);
        domain.queued_all(3);
        domain.reclaim(address);
        domain.free(address);
    }
    let _pinned = domain.pin(usize::MAX);
    domain.quiescent(0);
    domain.advance(0);
}

/// Compiles only if what is made on one thread may be used on another; guards may not, which the compiler checks by itself.
#[test]
fn spans_and_tasks_move_between_threads() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Span>();
    is_send_and_sync::<Task>();
    is_send_and_sync::<Domain>();
    is_send_and_sync::<Label>();
    is_send_and_sync::<InSpan<std::future::Ready<()>>>();
    is_send_and_sync::<AsTask<std::future::Ready<()>>>();
    let span = Span::new(label!("moved"));
    let other = std::thread::spawn(move || span.in_scope(|| 5));
    assert_eq!(other.join().unwrap(), 5);
}

#[cfg(feature = "tokio")]
#[test]
fn spawned_tasks_return_their_output() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let task = leakgrow::tokio::spawn(label!("spawned"), third_by_yielding());
        assert_eq!(task.await.unwrap(), 3);
        let blocking = leakgrow::tokio::spawn_blocking(label!("blocking"), || 9);
        assert_eq!(blocking.await.unwrap(), 9);
    });
    let local = tokio::task::LocalSet::new();
    let value = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(local.run_until(async {
        let held = Rc::new(4);
        leakgrow::tokio::spawn_local(label!("local"), async move { *held }).await.unwrap()
    }));
    assert_eq!(value, 4);
}

#[cfg(feature = "tokio")]
async fn third_by_yielding() -> u32 {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    3
}

#[cfg(feature = "tracing")]
#[test]
fn layer_lets_spans_through() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tracing_subscriber::layer::Context;
    use tracing_subscriber::prelude::*;

    static SEEN: AtomicUsize = AtomicUsize::new(0);
    struct Beside;
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Beside {
        fn on_new_span(&self, _: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
            SEEN.fetch_add(1, Ordering::SeqCst);
        }
        fn on_close(&self, _: tracing::span::Id, _: Context<'_, S>) {
            SEEN.fetch_add(100, Ordering::SeqCst);
        }
    }
    let subscriber = tracing_subscriber::registry().with(leakgrow::tracing::Layer::default()).with(Beside);
    tracing::subscriber::with_default(subscriber, || {
        let outer = tracing::info_span!("outer");
        let _entered = outer.enter();
        tracing::debug_span!("inner").in_scope(|| tracing::info!("an event"));
        tracing::trace_span!(parent: None, "root");
        tracing::error_span!(parent: &outer, "child", number = 5);
    });
    assert_eq!(SEEN.load(Ordering::SeqCst), 404);
}
