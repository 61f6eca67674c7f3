// SPDX-License-Identifier: MIT OR Apache-2.0
//! Labels: the place in the source that makes spans or tasks.

use core::ffi::{c_char, c_uint, CStr};
use core::fmt;

/// What spans or tasks are called, and where in the source they are made. All that share a label are counted together.
///
/// Labels live as long as the program. [`label!`](crate::label!) makes one in place.
#[repr(C)]
pub struct Label {
    // The layout of LeakgrowLabel in leakgrow.h.
    name: *const c_char,
    file: *const c_char,
    line: c_uint,
}

// SAFETY: the pointers lead to text that is never written.
unsafe impl Send for Label {}
unsafe impl Sync for Label {}

impl Label {
    /// A label of its own text. The file may be empty, the line 0 when they are not known.
    pub const fn new(name: &'static CStr, file: &'static CStr, line: u32) -> Label {
        Label { name: name.as_ptr(), file: file.as_ptr(), line: line as c_uint }
    }

    /// For [`label!`](crate::label!): the texts end with a 0.
    #[doc(hidden)]
    pub const fn of_terminated(name: &'static str, file: &'static str, line: u32) -> Label {
        assert!(name.as_bytes()[name.len() - 1] == 0 && file.as_bytes()[file.len() - 1] == 0);
        Label { name: name.as_ptr() as *const c_char, file: file.as_ptr() as *const c_char, line: line as c_uint }
    }

    /// A label whose text is known at run time only. It is never freed: make one per kind of work, never one per request.
    ///
    /// A 0 in a text ends it.
    #[cfg(feature = "std")]
    pub fn leak(name: &str, file: &str, line: u32) -> &'static Label {
        fn text(of: &str) -> *const c_char {
            let mut bytes: std::vec::Vec<u8> = of.bytes().take_while(|byte| *byte != 0).collect();
            bytes.push(0);
            std::boxed::Box::leak(bytes.into_boxed_slice()).as_ptr() as *const c_char
        }
        std::boxed::Box::leak(std::boxed::Box::new(Label { name: text(name), file: text(file), line: line as c_uint }))
    }

    /// As an argument of a request.
    #[inline(always)]
    pub(crate) fn arg(&'static self) -> usize {
        self as *const Label as usize
    }

    /// The name.
    pub fn name(&self) -> &CStr {
        // SAFETY: every constructor takes a text that ends with a 0 and is never freed.
        unsafe { CStr::from_ptr(self.name) }
    }

    /// The source file; empty when it is not known.
    pub fn file(&self) -> &CStr {
        // SAFETY: as in name().
        unsafe { CStr::from_ptr(self.file) }
    }

    /// The line in the source file; 0 when it is not known.
    pub fn line(&self) -> u32 {
        self.line as u32
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Label").field("name", &self.name()).field("file", &self.file()).field("line", &self.line()).finish()
    }
}

/// Makes a static [`Label`] of a literal name and the place of the call, and yields a reference to it.
///
/// ```
/// let label: &'static leakgrow::Label = leakgrow::label!("parse config");
/// assert_eq!(label.name().to_str(), Ok("parse config"));
/// assert!(label.line() > 0);
/// ```
#[macro_export]
macro_rules! label {
    ($name:literal) => {{
        static LABEL: $crate::Label = $crate::Label::of_terminated(concat!($name, "\0"), concat!(file!(), "\0"), line!());
        &LABEL
    }};
}
