// SPDX-License-Identifier: GPL-2.0-or-later
//! epoch SCENARIO [--fixed] [--rounds=N] [--late]: threads that share structures built on crossbeam-epoch.
//!
//! SCENARIO:
//! `map`        entries come into a crossbeam_skiplist::SkipMap and are removed again; a range is read, which up to version 0.1.3
//!              loses references to entries (upstream's issue 1178), so that they are never retired; --fixed: single entries are read
//! `stack`      pages come onto a lock-free stack and are popped again; there is no flaw
//! `reader`     as `stack`, but report-reader stays pinned for ever; with --late for the middle third; --fixed: it repins
//! `idle`       as `stack`, but stash-keeper retires 40 pages, less than a bag, and waits for ever; --fixed: it flushes
//! `histogram`  samples that are read and never cleared: they grow, and nothing lags; --fixed clears them
//! `closure`    samples that are cleared by closures owning a Vec of blocks, beside the pinned report-reader; --fixed: it repins

use crossbeam_epoch::pin;
use crossbeam_skiplist::SkipMap;
use programs::args::{usage, Args};
use programs::bucket::{self, Samples};
use programs::stack::{self, Pages};
use programs::truth::{tell_and_exit, Count, CountDrop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::Duration;

const WORKERS: u64 = 2;
const PER_ROUND: u64 = 20;
const STASH: u64 = 40;
/// Entries of the map; a multiple of what all workers add in a round, so that each removes its own.
const KEPT: u64 = 520;

static PAGES: Pages = Pages::new();
static SAMPLES: Samples = Samples::new();
/// Rounds that the workers have finished together; report-reader and stash-keeper go by them.
static ROUNDS_DONE: AtomicU64 = AtomicU64::new(0);

fn pause() {
    thread::sleep(Duration::from_millis(1));
}

fn start<F: FnOnce() + Send + 'static>(name: &str, work: F) -> JoinHandle<()> {
    thread::Builder::new().name(name.into()).spawn(work).unwrap()
}

/// Runs the rounds on worker threads. They stay when they are done, so that what they hold back at the end stays too.
fn work(rounds: u64, round: fn(u64)) {
    for worker in 0..WORKERS {
        start(&format!("worker-{worker}"), move || {
            for number in 0..rounds {
                round(number * WORKERS + worker);
                ROUNDS_DONE.fetch_add(1, Ordering::SeqCst);
                pause();
            }
            loop {
                thread::park();
            }
        });
    }
}

fn wait_for_rounds(rounds: u64) {
    while ROUNDS_DONE.load(Ordering::SeqCst) < rounds * WORKERS {
        pause();
    }
}

fn stack_round(number: u64) {
    for i in 0..PER_ROUND {
        PAGES.push(number * PER_ROUND + i);
        PAGES.pop();
    }
}

fn samples_round(number: u64) {
    for i in 0..PER_ROUND {
        SAMPLES.record(number + i);
    }
    if number % 25 == 24 {
        SAMPLES.read();
    }
}

fn cleared_samples_round(number: u64) {
    samples_round(number);
    if number % 25 == 24 {
        SAMPLES.clear();
    }
}

static ENTRIES_MADE: Count = Count::new();
static ENTRIES_FREED: Count = Count::new();

struct Entry {
    text: String,
    _freed: CountDrop,
}

fn map() -> &'static SkipMap<u64, Entry> {
    static MAP: OnceLock<SkipMap<u64, Entry>> = OnceLock::new();
    MAP.get_or_init(SkipMap::new)
}

fn change_map(number: u64) {
    for key in number * PER_ROUND..(number + 1) * PER_ROUND {
        ENTRIES_MADE.add(1);
        map().insert(key, Entry { text: format!("entry {key}"), _freed: CountDrop(&ENTRIES_FREED) });
        if key >= KEPT {
            map().remove(&(key - KEPT));
        }
    }
}

fn range_round(number: u64) {
    change_map(number);
    std::hint::black_box(map().range(0..).take(5).map(|entry| entry.value().text.len()).sum::<usize>());
}

fn get_round(number: u64) {
    change_map(number);
    let keys = number * PER_ROUND..number * PER_ROUND + 5;
    std::hint::black_box(keys.filter_map(|key| map().get(&key).map(|entry| entry.value().text.len())).sum::<usize>());
}

/// A report that stays in its critical section from one round to another.
fn read_report(from: u64, to: u64) -> usize {
    wait_for_rounds(from);
    let guard = pin();
    let bytes = PAGES.bytes(&guard);
    wait_for_rounds(to);
    bytes
}

fn read_short_reports() {
    loop {
        std::hint::black_box(PAGES.bytes(&pin()));
        pause();
    }
}

fn start_reader(args: &Args, rounds: u64) {
    let (fixed, late) = (args.fixed, args.has("late"));
    start("report-reader", move || {
        if !fixed {
            let (from, to) = if late { (rounds / 3, rounds * 2 / 3) } else { (rounds / 10, u64::MAX / WORKERS) };
            std::hint::black_box(read_report(from, to));
        }
        read_short_reports();
    });
}

/// Retires less than a bag and flushes it or not.
fn keep_stash(flush: bool) {
    let mine = Pages::new();
    for i in 0..STASH {
        mine.push(i);
        mine.pop();
    }
    if flush {
        pin().flush();
    }
    loop {
        thread::park();
    }
}

fn main() {
    let args = Args::read();
    let rounds = args.get("rounds", 1500);
    let fixed = args.fixed;
    let round: fn(u64) = match args.scenario.as_str() {
        "map" if fixed => get_round,
        "map" => range_round,
        "stack" => stack_round,
        "reader" => {
            start_reader(&args, rounds);
            stack_round
        }
        "idle" => {
            start("stash-keeper", move || keep_stash(fixed));
            stack_round
        }
        "histogram" if fixed => cleared_samples_round,
        "histogram" => samples_round,
        "closure" => {
            start_reader(&args, rounds);
            cleared_samples_round
        }
        other => usage(&format!("{other}: map, stack, reader, idle, histogram or closure")),
    };
    work(rounds, round);
    wait_for_rounds(rounds);
    thread::sleep(Duration::from_millis(20));
    tell_and_exit(&[
        ("rounds", rounds),
        ("nodes_retired", stack::RETIRED.get()),
        ("nodes_freed", stack::FREED.get()),
        ("node_bytes", stack::node_bytes()),
        ("blocks_made", bucket::MADE.get()),
        ("blocks_retired", bucket::RETIRED.get()),
        ("blocks_freed", bucket::FREED.get()),
        ("block_bytes", bucket::block_bytes()),
        ("closures", bucket::CLOSURES.get()),
        ("entries_made", ENTRIES_MADE.get()),
        ("entries_freed", ENTRIES_FREED.get()),
    ]);
}
