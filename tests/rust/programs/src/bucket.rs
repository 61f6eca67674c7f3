// SPDX-License-Identifier: GPL-2.0-or-later
//! A histogram's raw samples on crossbeam-epoch: a list of blocks that only grows until it is cleared. Clearing retires all blocks
//! with closures that own a Vec of them: what waits in the epochs is a closure of 24 bytes, what it holds is the list.

use crate::truth::{Count, CountDrop};
use crossbeam_epoch::{pin, Atomic, Guard, Owned, Shared};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU64, AtomicUsize};

pub const SLOTS: usize = 64;
const BATCH: usize = 32;

/// Blocks made, retired by a clear, and freed; closures deferred.
pub static MADE: Count = Count::new();
pub static RETIRED: Count = Count::new();
pub static FREED: Count = Count::new();
pub static CLOSURES: Count = Count::new();

struct Block {
    next: Atomic<Block>,
    used: AtomicUsize,
    slots: [AtomicU64; SLOTS],
    _freed: CountDrop,
}

pub fn block_bytes() -> u64 {
    std::mem::size_of::<Block>() as u64
}

pub struct Samples {
    last: Atomic<Block>,
}

impl Samples {
    pub const fn new() -> Samples {
        Samples { last: Atomic::null() }
    }

    pub fn record(&self, value: u64) {
        let guard = &pin();
        loop {
            let last = self.last.load(Acquire, guard);
            if let Some(block) = unsafe { last.as_ref() } {
                let slot = block.used.fetch_add(1, AcqRel);
                if slot < SLOTS {
                    block.slots[slot].store(value, Release);
                    return;
                }
            }
            self.add_block(last, guard);
        }
    }

    fn add_block(&self, last: Shared<'_, Block>, guard: &Guard) {
        let block = Block {
            next: Atomic::from(last),
            used: AtomicUsize::new(0),
            slots: std::array::from_fn(|_| AtomicU64::new(0)),
            _freed: CountDrop(&FREED),
        };
        MADE.add(1);
        if self.last.compare_exchange(last, Owned::new(block), AcqRel, Relaxed, guard).is_err() {
            MADE.add(u64::MAX); // minus one: the block was dropped at once, which counted as freed too
            FREED.add(u64::MAX);
        }
    }

    /// Sum and number of the samples; they stay.
    pub fn read(&self) -> (u64, usize) {
        let guard = &pin();
        let (mut sum, mut n) = (0, 0);
        let mut at = self.last.load(Acquire, guard);
        while let Some(block) = unsafe { at.as_ref() } {
            let used = block.used.load(Acquire).min(SLOTS);
            sum += block.slots[..used].iter().map(|s| s.load(Acquire)).sum::<u64>();
            n += used;
            at = block.next.load(Acquire, guard);
        }
        (sum, n)
    }

    /// Takes the samples out and retires their blocks.
    pub fn clear(&self) {
        let guard = &pin();
        let mut at = self.last.swap(Shared::null(), AcqRel, guard);
        let mut batch = Vec::new();
        while let Some(block) = unsafe { at.as_ref() } {
            let next = block.next.load(Acquire, guard);
            batch.push(at);
            if batch.len() == BATCH {
                retire(std::mem::take(&mut batch), guard);
            }
            at = next;
        }
        if !batch.is_empty() {
            retire(batch, guard);
        }
        guard.flush();
    }
}

fn retire(blocks: Vec<Shared<'_, Block>>, guard: &Guard) {
    RETIRED.add(blocks.len() as u64);
    CLOSURES.add(1);
    unsafe {
        guard.defer_unchecked(move || {
            for block in blocks {
                drop(block.into_owned());
            }
        })
    };
}
