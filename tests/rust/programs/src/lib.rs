// SPDX-License-Identifier: GPL-2.0-or-later
//! What the programs share: their command lines, their own ground truth, a client library with a flaw, a bucket of epochs.

pub mod args;
pub mod bucket;
pub mod client;
pub mod stack;
pub mod truth;
