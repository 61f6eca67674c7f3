// SPDX-License-Identifier: GPL-2.0-or-later
//! A lock-free stack of pages on crossbeam-epoch. A popped node is retired with defer_destroy; what its page owns is freed with it.

use crate::truth::{Count, CountDrop};
use crossbeam_epoch::{pin, Atomic, Guard, Owned, Shared};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Nodes retired, and those that were freed.
pub static RETIRED: Count = Count::new();
pub static FREED: Count = Count::new();

pub const PAGE: usize = 512;

struct Node {
    number: u64,
    text: Vec<u8>,
    next: Atomic<Node>,
    _freed: CountDrop,
}

pub struct Pages {
    top: Atomic<Node>,
}

/// Bytes that come back with one node: its own and its page's.
pub fn node_bytes() -> u64 {
    (std::mem::size_of::<Node>() + PAGE) as u64
}

impl Pages {
    pub const fn new() -> Pages {
        Pages { top: Atomic::null() }
    }

    pub fn push(&self, number: u64) {
        let guard = &pin();
        let mut node = Owned::new(Node { number, text: vec![number as u8; PAGE], next: Atomic::null(), _freed: CountDrop(&FREED) });
        loop {
            let top = self.top.load(Relaxed, guard);
            node.next.store(top, Relaxed);
            match self.top.compare_exchange(top, node, Release, Relaxed, guard) {
                Ok(_) => return,
                Err(lost) => node = lost.new,
            }
        }
    }

    pub fn pop(&self) -> Option<u64> {
        let guard = &pin();
        loop {
            let top = self.top.load(Acquire, guard);
            let node = unsafe { top.as_ref() }?;
            let next = node.next.load(Relaxed, guard);
            if self.top.compare_exchange(top, next, Release, Relaxed, guard).is_ok() {
                let number = node.number;
                retire(top, guard);
                return Some(number);
            }
        }
    }

    /// Bytes of the pages that a reader sees at this moment.
    pub fn bytes(&self, guard: &Guard) -> usize {
        let mut bytes = 0;
        let mut at = self.top.load(Acquire, guard);
        while let Some(node) = unsafe { at.as_ref() } {
            bytes += node.text.len();
            at = node.next.load(Acquire, guard);
        }
        bytes
    }
}

fn retire(node: Shared<'_, Node>, guard: &Guard) {
    RETIRED.add(1);
    unsafe { guard.defer_destroy(node) };
}
