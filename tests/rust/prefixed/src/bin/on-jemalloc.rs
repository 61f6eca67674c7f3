// SPDX-License-Identifier: GPL-2.0-or-later
//! jemalloc linked statically, its functions carry the prefix _rjem_.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() {
    prefixed::work();
}
