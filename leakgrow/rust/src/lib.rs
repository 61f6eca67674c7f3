// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells the Valgrind tool *leakgrow* which work a program does.
//!
//! leakgrow finds the work that keeps growing the heap of a long-running program. Of Rust programs it sees allocations, tasks of
//! tokio and spans of tracing without any help. This crate is for what it cannot see: units of work, executors of one's own,
//! stripped binaries, home-made schemes of memory reclamation.
//!
//! Everything here is harmless: without leakgrow a call costs a few nanoseconds and does nothing, so that it can stay in
//! production code. Nothing here panics, blocks or fails.
//!
//! ```
//! fn serve(request: &str) -> String {
//!     let _span = leakgrow::span!("serve");   // what is allocated from here on is counted under "serve"
//!     request.to_uppercase()
//! }
//!
//! for request in ["one", "two"] {
//!     serve(request);
//!     leakgrow::tick(1);                       // growth is told per request too
//! }
//! leakgrow::mark("warm");                      // a named moment in the report
//! ```
//!
//! | what | with |
//! |---|---|
//! | units of work, named moments | [`tick`], [`mark`], [`snapshot`] |
//! | synchronous code | [`span!`], [`Span`] |
//! | futures | [`Span::wrap`], [`Task::wrap`] |
//! | tasks of one's own executor | [`Task`] |
//! | spans of `tracing` | `leakgrow::tracing::Layer` (feature `tracing`) |
//! | tasks of tokio, with names | `leakgrow::tokio::spawn` (feature `tokio`) |
//! | memory that is freed when no reader is left | [`Domain`] |
//!
//! # Features
//! Without features the crate is `no_std`, needs neither an allocator nor a C compiler, and depends on nothing.
//! - `std`: [`Label::leak`].
//! - `tracing`: `leakgrow::tracing::Layer`, a layer of `tracing-subscriber` 0.3.16 or later.
//! - `tokio`: `leakgrow::tokio::{spawn, spawn_local, spawn_blocking}` for tokio 1.24 or later.
//!
//! # Processors
//! x86_64, x86 and aarch64, on every operating system. Elsewhere all functions do nothing.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, missing_debug_implementations, rust_2018_idioms, unreachable_pub)]

#[cfg(any(feature = "std", test))]
extern crate std;

mod domain;
mod id;
mod label;
#[doc(hidden)]
pub mod request;
mod span;
mod task;
mod work;

#[cfg(feature = "tokio")]
#[path = "runtime.rs"]
pub mod tokio;
#[cfg(feature = "tracing")]
#[path = "layer.rs"]
pub mod tracing;

pub use domain::{Domain, Pinned, Scheme};
pub use label::Label;
pub use span::{Entered, InSpan, Scope, Span};
pub use task::{AsTask, Running, Task};
pub use work::{is_present, mark, snapshot, tick};
