// SPDX-License-Identifier: GPL-2.0-or-later
//! What the programs share: their command lines, their own ground truth, a client library and a
//! service with flaws, structures on epochs.

pub mod args;
pub mod bucket;
pub mod client;
pub mod jobs;
pub mod service;
pub mod stack;
pub mod truth;
