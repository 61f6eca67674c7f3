// SPDX-License-Identifier: GPL-2.0-or-later
//! mimalloc linked statically, its functions carry the prefix mi_.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    prefixed::work();
}
