// SPDX-License-Identifier: GPL-2.0-or-later
//! What a program itself knows of what it opened, spawned and retired.

use std::fmt::Write;
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that threads count up.
pub struct Count(AtomicU64);

impl Count {
    pub const fn new() -> Count {
        Count(AtomicU64::new(0))
    }

    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::SeqCst);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Default for Count {
    fn default() -> Count {
        Count::new()
    }
}

/// Counts the drop of what owns it: a future that finished or was aborted, an object that was freed.
pub struct CountDrop(pub &'static Count);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.add(1);
    }
}

/// Prints `truth: name=value ...` and ends the process as it stands, as a service ends that is told to stop: nothing is torn down,
/// so that what is open stays open.
pub fn tell_and_exit(values: &[(&str, u64)]) -> ! {
    let mut line = String::from("truth:");
    for (name, value) in values {
        write!(line, " {name}={value}").unwrap();
    }
    println!("{line}");
    exit(0);
}
