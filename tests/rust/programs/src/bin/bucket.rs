// SPDX-License-Identifier: GPL-2.0-or-later
//! bucket SCENARIO [--rounds=N] [--scrape-ms=N]: metrics-util's own AtomicBucket, of the version that the program was built with.
//!
//! SCENARIO: `never` (the scraper reads and never clears: it grows), `cleared` (the scraper clears: healthy), `stalled` (it clears,
//! but report-reader stays pinned: nothing of what is cleared comes back).

#[cfg(not(feature = "old_bucket"))]
use metrics_util::storage::AtomicBucket;
#[cfg(feature = "old_bucket")]
use metrics_util::AtomicBucket;
use programs::args::{usage, Args};
use programs::truth::{tell_and_exit, Count};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const RECORDERS: u64 = 2;
const PER_ROUND: u64 = 20;
/// Of a block of 64 values of eight bytes: write index, read bits, values, next.
const BLOCK: usize = 8 + 8 + 64 * 8 + 8;

static BLOCKS_MADE: Count = Count::new();
static BLOCKS_FREED: Count = Count::new();

/// Tells the bucket's blocks, which nothing else can count, by their size.
struct CountBlocks;

unsafe impl GlobalAlloc for CountBlocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() == BLOCK {
            BLOCKS_MADE.add(1);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() == BLOCK {
            BLOCKS_FREED.add(1);
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: CountBlocks = CountBlocks;

static ROUNDS_DONE: AtomicU64 = AtomicU64::new(0);
static READ: Count = Count::new();

fn pause() {
    thread::sleep(Duration::from_millis(1));
}

fn start<F: FnOnce() + Send + 'static>(name: &str, work: F) {
    thread::Builder::new().name(name.into()).spawn(work).unwrap();
}

fn record_latency(bucket: &AtomicBucket<f64>, round: u64) {
    for i in 0..PER_ROUND {
        bucket.push((round + i) as f64);
    }
}

fn scrape(bucket: &AtomicBucket<f64>, clear: bool) {
    let mut sum = 0.0;
    let mut n = 0;
    let mut add = |values: &[f64]| {
        sum += values.iter().sum::<f64>();
        n += values.len() as u64;
    };
    if clear {
        bucket.clear_with(&mut add);
    } else {
        bucket.data_with(&mut add);
    }
    std::hint::black_box(sum);
    READ.add(n);
}

fn read_report() {
    let guard = crossbeam_epoch::pin();
    loop {
        thread::park();
        std::hint::black_box(&guard);
    }
}

fn main() {
    let args = Args::read();
    let rounds: u64 = args.get("rounds", 1500);
    let scrape_ms: u64 = args.get("scrape-ms", 10);
    let clear = match args.scenario.as_str() {
        "never" => false,
        "cleared" => true,
        "stalled" => {
            start("report-reader", read_report);
            true
        }
        other => usage(&format!("{other}: never, cleared or stalled")),
    };
    let bucket: &'static AtomicBucket<f64> = Box::leak(Box::new(AtomicBucket::new()));
    for recorder in 0..RECORDERS {
        start(&format!("recorder-{recorder}"), move || {
            for round in 0..rounds {
                record_latency(bucket, round);
                ROUNDS_DONE.fetch_add(1, Ordering::SeqCst);
                pause();
            }
            loop {
                thread::park();
            }
        });
    }
    while ROUNDS_DONE.load(Ordering::SeqCst) < rounds * RECORDERS {
        for _ in 0..scrape_ms {
            pause();
        }
        scrape(bucket, clear);
    }
    tell_and_exit(&[
        ("rounds", rounds),
        ("values_pushed", rounds * RECORDERS * PER_ROUND),
        ("values_read", READ.get()),
        ("blocks_made", BLOCKS_MADE.get()),
        ("blocks_freed", BLOCKS_FREED.get()),
        ("block_bytes", BLOCK as u64),
    ]);
}
