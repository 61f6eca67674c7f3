// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests about the run as a whole.

use crate::request::{code, tell, Name};

/// Whether leakgrow runs this program. It cannot change while the program runs.
///
/// No other function needs this: each does nothing when leakgrow is not there.
#[inline]
pub fn is_present() -> bool {
    tick(0)
}

/// The program finished `n` units of its work: requests served, jobs done. Growth is then also reported in bytes per tick. 0 says
/// nothing.
///
/// Returns true when leakgrow took it.
///
/// ```
/// # fn serve_one_request() {}
/// # for _ in 0..3 {
/// serve_one_request();
/// leakgrow::tick(1);
/// # }
/// ```
#[inline]
pub fn tick(n: usize) -> bool {
    tell(code::TICK, [n, 0, 0, 0, 0])
}

/// Names this moment ("cache warm"): it appears in the report, with what every account held. At most the first 255 bytes of the name
/// are used; a 0 in it ends it.
///
/// Returns true when leakgrow took it.
pub fn mark(name: &str) -> bool {
    let name = Name::new(name);
    tell(code::MARK, [name.arg(), 0, 0, 0, 0])
}

/// Writes a snapshot of all accounts to the profile now. The name may be empty.
///
/// Returns true when leakgrow took it.
pub fn snapshot(name: &str) -> bool {
    let text = Name::new(name);
    tell(code::SNAPSHOT, [if name.is_empty() { 0 } else { text.arg() }, 0, 0, 0, 0])
}
