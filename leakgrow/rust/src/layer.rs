// SPDX-License-Identifier: MIT OR Apache-2.0
//! A layer of `tracing-subscriber` that tells leakgrow of every span (feature `tracing`).
//!
//! leakgrow sees the spans of an unchanged program by itself as long as its binary has symbols. The layer is for stripped
//! binaries and makes the counts independent of how tracing was compiled; a span that both see is counted once.

use crate::request::{code, flag, tell};
use crate::Label;
use std::boxed::Box;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use tracing_core::callsite::Identifier;
use tracing_core::span::{Attributes, Id};
use tracing_core::{Metadata, Subscriber};
use tracing_subscriber::layer::Context;

/// Tells leakgrow when spans are opened, entered, left and closed, with their names and places.
///
/// ```
/// use tracing_subscriber::prelude::*;
/// # fn main() {
/// let subscriber = tracing_subscriber::registry().with(leakgrow::tracing::Layer::new());
/// # let _guard = tracing::subscriber::set_default(subscriber);
/// // subscriber.init();
/// # tracing::info_span!("work").in_scope(|| {});
/// # }
/// ```
///
/// It observes what the filters before it let through. Without leakgrow it does nothing.
#[derive(Debug)]
pub struct Layer {
    /// None without leakgrow.
    labels: Option<Box<Labels>>,
}

/// One label per callsite; they are never freed, as callsites are not.
type Labels = RwLock<HashMap<Identifier, &'static Label>>;

impl Layer {
    /// Looks once whether leakgrow runs this program.
    pub fn new() -> Layer {
        Layer { labels: crate::is_present().then(Box::default) }
    }
}

impl Default for Layer {
    fn default() -> Layer {
        Layer::new()
    }
}

fn label_of(labels: &Labels, metadata: &'static Metadata<'static>) -> &'static Label {
    let site = metadata.callsite();
    // A panic elsewhere cannot leave the map half changed.
    if let Some(label) = labels.read().unwrap_or_else(PoisonError::into_inner).get(&site) {
        return label;
    }
    let mut labels = labels.write().unwrap_or_else(PoisonError::into_inner);
    labels.entry(site).or_insert_with(|| Label::leak(metadata.name(), metadata.file().unwrap_or(""), metadata.line().unwrap_or(0)))
}

fn number(id: &Id) -> usize {
    id.into_u64() as usize
}

impl<S: Subscriber> tracing_subscriber::Layer<S> for Layer {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let Some(labels) = &self.labels else { return };
        let label = label_of(labels, span.metadata());
        let (parent, from) = match span.parent() {
            Some(parent) => (number(parent), flag::PARENT_ID),
            None if span.is_root() => (0, flag::PARENT_NONE),
            None => (0, flag::PARENT_CURRENT),
        };
        tell(code::SPAN_NEW, [number(id), label.arg(), parent, from | flag::OF_TRACING, 0]);
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        if self.labels.is_some() {
            tell(code::SPAN_ENTER, [number(id), flag::OF_TRACING, 0, 0, 0]);
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        if self.labels.is_some() {
            tell(code::SPAN_EXIT, [number(id), flag::OF_TRACING, 0, 0, 0]);
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        if self.labels.is_some() {
            tell(code::SPAN_CLOSE, [number(&id), flag::OF_TRACING, 0, 0, 0]);
        }
    }
}
