// SPDX-License-Identifier: GPL-2.0-or-later
//! What every program here does with its global allocator: a store that only grows, churn, and the calls of GlobalAlloc that
//! need care when they are redirected: alignment that must survive realloc, and zeroed memory.

use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};

pub const KEPT: usize = 1000;
pub const KEPT_SIZE: usize = 1234;

#[inline(never)]
pub fn keep_request(store: &mut Vec<Vec<u8>>, i: usize) {
    store.push(vec![i as u8; KEPT_SIZE]);
}

#[inline(never)]
fn churn(i: usize) -> usize {
    let words: Vec<String> = (0..10).map(|k| format!("word {i} {k}")).collect();
    words.iter().map(|w| w.len()).sum()
}

/// Grows and shrinks a block of the given alignment; every address must keep it and every byte must survive.
fn resize_aligned(align: usize) {
    unsafe {
        let mut size = 24;
        let mut p = alloc(Layout::from_size_align(size, align).unwrap());
        p.write_bytes(0x5a, size);
        for new_size in [100, 5000, 70_000, 300, 48] {
            p = realloc(p, Layout::from_size_align(size, align).unwrap(), new_size);
            assert_eq!(p as usize % align, 0, "realloc to {new_size} lost alignment {align}");
            assert_eq!(*p.add(size.min(new_size) - 1), 0x5a);
            p.write_bytes(0x5a, new_size);
            size = new_size;
        }
        dealloc(p, Layout::from_size_align(size, align).unwrap());
    }
}

fn zeroed(align: usize) {
    unsafe {
        let layout = Layout::from_size_align(3000, align).unwrap();
        let dirty = alloc(layout);
        dirty.write_bytes(0xff, 3000);
        dealloc(dirty, layout);
        let p = alloc_zeroed(layout);
        assert_eq!(p as usize % align, 0);
        assert!((0..3000).all(|i| *p.add(i) == 0));
        dealloc(p, layout);
    }
}

pub fn work() {
    let mut store = Vec::new();
    let mut n = 0;
    for i in 0..KEPT {
        keep_request(&mut store, i);
        n += churn(i);
    }
    for align in [1, 8, 16, 32, 64, 4096] {
        resize_aligned(align);
        zeroed(align);
    }
    println!("{} {} {}", store.len(), n, store[KEPT - 1][KEPT_SIZE - 1]);
    std::mem::forget(store);
}
