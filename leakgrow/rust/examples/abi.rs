// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints the numbers and layouts that must equal those of leakgrow.h, one `NAME VALUE` per line.

use leakgrow::request::{code, flag};
use leakgrow::{label, Label, Scheme};
use std::mem::{size_of, size_of_val};

macro_rules! numbers {
    ($from:ident: $($name:ident)*) => { $(println!("{} {}", stringify!($name), $from::$name);)* };
}

/// The offset in the label of a field of these bytes.
fn offset_of<T>(label: &Label, field: T) -> usize {
    let bytes = |start: *const u8, n| unsafe { std::slice::from_raw_parts(start, n) };
    let whole = bytes((label as *const Label).cast(), size_of_val(label));
    let field = bytes((&field as *const T).cast(), size_of::<T>());
    whole.windows(field.len()).position(|window| window == field).unwrap()
}

fn main() {
    numbers!(code: TICK MARK SNAPSHOT);
    numbers!(code: SPAN_NEW SPAN_ENTER SPAN_EXIT SPAN_CLOSE SPAN_BEGIN SPAN_END);
    numbers!(code: TASK_NEW TASK_RESUME TASK_SUSPEND TASK_END);
    numbers!(code: DOMAIN_NEW PIN UNPIN QUIESCENT RETIRE QUEUED ADVANCE RECLAIM FREE);
    numbers!(flag: PARENT_CURRENT PARENT_NONE PARENT_ID OF_TRACING IN_BLOCK);
    for scheme in [Scheme::Ebr, Scheme::Qsbr, Scheme::Rcu, Scheme::Hp] {
        println!("{} {}", format!("SCHEME_{scheme:?}").to_uppercase(), scheme as usize);
    }
    let label = label!("abi");
    println!("label_name {}", offset_of(label, label.name().as_ptr()));
    println!("label_file {}", offset_of(label, label.file().as_ptr()));
    println!("label_line {}", offset_of(label, label.line()));
    println!("label_size {}", size_of::<Label>());
}
