// SPDX-License-Identifier: MIT OR Apache-2.0
//! Client requests: how a program speaks to the Valgrind tool that runs it, and the numbers of leakgrow's.
//!
//! A request is a sequence of instructions that do nothing, which Valgrind recognises as it translates the program. Elsewhere it costs
//! these few instructions. On other processors than those below a request is nothing at all.

/// The numbers of `leakgrow.h`, which are its binary interface: only ever appended to.
#[allow(missing_docs)]
pub mod code {
    /// `VG_USERREQ_TOOL_BASE('L', 'G')`
    const BASE: usize = (b'L' as usize) << 24 | (b'G' as usize) << 16;

    pub const TICK: usize = BASE;
    pub const MARK: usize = BASE + 1;
    pub const SNAPSHOT: usize = BASE + 2;
    // Three to six are those of the tool's own preloaded object.
    pub const SPAN_NEW: usize = BASE + 7;
    pub const SPAN_ENTER: usize = BASE + 8;
    pub const SPAN_EXIT: usize = BASE + 9;
    pub const SPAN_CLOSE: usize = BASE + 10;
    pub const SPAN_BEGIN: usize = BASE + 11;
    pub const SPAN_END: usize = BASE + 12;
    pub const TASK_NEW: usize = BASE + 13;
    pub const TASK_RESUME: usize = BASE + 14;
    pub const TASK_SUSPEND: usize = BASE + 15;
    pub const TASK_END: usize = BASE + 16;
    pub const DOMAIN_NEW: usize = BASE + 64;
    pub const PIN: usize = BASE + 65;
    pub const UNPIN: usize = BASE + 66;
    pub const QUIESCENT: usize = BASE + 67;
    pub const RETIRE: usize = BASE + 68;
    pub const QUEUED: usize = BASE + 69;
    pub const ADVANCE: usize = BASE + 70;
    pub const RECLAIM: usize = BASE + 71;
    pub const FREE: usize = BASE + 72;
}

/// Flags: where a span's parent comes from, whose the ids are, what ends a task.
#[allow(missing_docs)]
pub mod flag {
    pub const PARENT_CURRENT: usize = 0;
    pub const PARENT_NONE: usize = 1;
    pub const PARENT_ID: usize = 2;
    pub const OF_TRACING: usize = 4;
    pub const IN_BLOCK: usize = 8;
}

/// Makes a request. Returns what the tool answers, 0 when there is none.
#[inline(always)]
pub(crate) fn ask(code: usize, args: [usize; 5]) -> usize {
    let words = [code, args[0], args[1], args[2], args[3], args[4]];
    // SAFETY: without Valgrind the instructions rotate a register by a whole number of turns and exchange another with itself. Under
    // Valgrind the tool reads the six words, and what they point to, which the callers in this crate keep alive for as long as
    // leakgrow.h asks. The memory is not declared untouched, so that everything is written before.
    unsafe { instructions(words.as_ptr()) }
}

/// Makes a request that is answered with 1 (taken) or 0 (refused, or leakgrow is not there).
#[inline(always)]
pub(crate) fn tell(code: usize, args: [usize; 5]) -> bool {
    ask(code, args) != 0
}

#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", not(miri)))]
#[inline(always)]
unsafe fn instructions(words: *const usize) -> usize {
    let mut answer = 0usize;
    core::arch::asm!(
        "rol rdi, 3",
        "rol rdi, 13",
        "rol rdi, 61",
        "rol rdi, 51",
        "xchg rbx, rbx",
        inout("rdx") answer,
        in("rax") words,
        options(nostack),
    );
    answer
}

#[cfg(all(target_arch = "x86", not(miri)))]
#[inline(always)]
unsafe fn instructions(words: *const usize) -> usize {
    let mut answer = 0usize;
    core::arch::asm!(
        "rol edi, 3",
        "rol edi, 13",
        "rol edi, 29",
        "rol edi, 19",
        "xchg ebx, ebx",
        inout("edx") answer,
        in("eax") words,
        options(nostack),
    );
    answer
}

#[cfg(all(target_arch = "aarch64", target_pointer_width = "64", not(miri)))]
#[inline(always)]
unsafe fn instructions(words: *const usize) -> usize {
    let mut answer = 0usize;
    core::arch::asm!(
        "ror x12, x12, #3",
        "ror x12, x12, #13",
        "ror x12, x12, #51",
        "ror x12, x12, #61",
        "orr x10, x10, x10",
        inout("x3") answer,
        in("x4") words,
        options(nostack),
    );
    answer
}

#[cfg(not(all(
    any(
        all(target_arch = "x86_64", target_pointer_width = "64"),
        target_arch = "x86",
        all(target_arch = "aarch64", target_pointer_width = "64")
    ),
    not(miri)
)))]
#[inline(always)]
unsafe fn instructions(_: *const usize) -> usize {
    0
}

/// A text of at most 255 bytes with a 0 at its end, as the tool reads names that need not be static.
pub(crate) struct Name([u8; 256]);

impl Name {
    pub(crate) fn new(text: &str) -> Name {
        let mut bytes = [0; 256];
        let length = text.len().min(255);
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        Name(bytes)
    }

    /// As an argument of a request; valid while the Name is.
    pub(crate) fn arg(&self) -> usize {
        self.0.as_ptr() as usize
    }
}
