// SPDX-License-Identifier: GPL-2.0-or-later
//! A service whose requests are tracing spans.
//!
//! The flaw: the guard of Span::enter is held across an await. While the request waits, other requests run inside its span,
//! become its children and keep it open; no span ever closes again. Mended, the future is instrumented instead.

use crate::args::usage;
use crate::truth::{tell_and_exit, Count};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::future::Future;
use std::time::Duration;
use tokio::task::LocalSet;
use tracing::{info, info_span, span, Instrument, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::Layer;

const CONNECTIONS: u64 = 16;
/// With the flaw an event's line names every open span, so that lines are rare here.
const EVENT_EVERY: u64 = 500;

static OPENED: Count = Count::new();
static CLOSED: Count = Count::new();
static SERVED: Count = Count::new();
static BYTES: Count = Count::new();

/// Counts spans and does nothing else.
pub struct CountSpans;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CountSpans {
    fn on_new_span(&self, _: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        OPENED.add(1);
    }

    fn on_close(&self, _: span::Id, _: Context<'_, S>) {
        CLOSED.add(1);
    }
}

/// Some answers are slow. So there is a slow request under way whenever the others happen to be done.
async fn fetch(request: u64) -> String {
    let latency_ms = if request % 50 == 7 { 200 } else { 1 + request * 7 % 23 };
    tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    render(request)
}

fn render(request: u64) -> String {
    let span = info_span!("render", request);
    let _entered = span.enter();
    (0..8).map(|row| format!("request {request}, row {row}\n")).collect()
}

async fn serve(request: u64) -> usize {
    let page = fetch(request).await;
    if request % EVENT_EVERY == 0 {
        info!(bytes = page.len(), "served");
    }
    page.len()
}

async fn handle_request(request: u64, fixed: bool) -> usize {
    let span = info_span!("handle_request", request, user = request % 7);
    if fixed {
        return serve(request).instrument(span).await;
    }
    let _guard = span.enter();
    serve(request).await
}

/// Ends the program once it has served enough. The other connections are in the middle of a request then, as ever in a service.
fn served(bytes: usize, requests: u64) {
    BYTES.add(bytes as u64);
    SERVED.add(1);
    if SERVED.get() == requests {
        tell_and_exit(&[
            ("requests", requests),
            ("bytes", BYTES.get()),
            ("spans_opened", OPENED.get()),
            ("spans_closed", CLOSED.get()),
        ]);
    }
}

async fn connection(first: u64, requests: u64, fixed: bool) {
    for request in (first..).step_by(CONNECTIONS as usize) {
        served(handle_request(request, fixed).await, requests);
    }
}

async fn unordered(requests: u64, fixed: bool) {
    let mut pending: FuturesUnordered<_> = (0..CONNECTIONS).map(|request| handle_request(request, fixed)).collect();
    for next in CONNECTIONS.. {
        served(pending.next().await.unwrap(), requests);
        pending.push(handle_request(next, fixed));
    }
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

/// Serves requests in one of the ways in which one thread polls them in turns: `current` (one future of a current_thread runtime),
/// `local` (tasks of a LocalSet), `unordered` (a FuturesUnordered). Ends the process.
pub fn run(scenario: &str, requests: u64, fixed: bool) {
    match scenario {
        "current" => block_on(async {
            join_all((0..CONNECTIONS).map(|c| connection(c, requests, fixed))).await;
        }),
        "local" => block_on(LocalSet::new().run_until(async {
            join_all((0..CONNECTIONS).map(|c| tokio::task::spawn_local(connection(c, requests, fixed)))).await;
        })),
        "unordered" => block_on(unordered(requests, fixed)),
        other => usage(&format!("{other}: current, local or unordered")),
    }
}
