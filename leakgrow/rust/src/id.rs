// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ids of spans and tasks.

use core::sync::atomic::{AtomicUsize, Ordering};

static NEXT: AtomicUsize = AtomicUsize::new(1);

/// An id that no other open span or task of this crate has. On 32-bit processors ids come back after four billion.
#[inline]
pub(crate) fn fresh() -> usize {
    match NEXT.fetch_add(1, Ordering::Relaxed) {
        0 => NEXT.fetch_add(1, Ordering::Relaxed),
        id => id,
    }
}
