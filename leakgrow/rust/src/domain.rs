// SPDX-License-Identifier: MIT OR Apache-2.0
//! Domains: memory that is retired first and freed when no reader can hold it any more.

use crate::request::{ask, code, tell, Name};

/// How a domain decides that nobody reads an object any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
#[non_exhaustive]
pub enum Scheme {
    /// Epochs: readers pin the current one.
    Ebr = 0,
    /// Quiescent states: readers say when they hold nothing.
    Qsbr = 1,
    /// Read-copy-update with read-side critical sections.
    Rcu = 2,
    /// Hazard pointers: readers publish what they hold.
    Hp = 3,
}

/// A home-made scheme of memory reclamation. leakgrow tells how much is retired and not freed, for how long, and who is in the way.
///
/// crossbeam-epoch, liburcu and Concurrency Kit are seen without this.
///
/// ```
/// use leakgrow::{Domain, Scheme};
/// let epochs = Domain::new("page cache", Scheme::Ebr);
/// let page = Box::new([0u8; 4096]);
/// {
///     let _pinned = epochs.pin(1);                      // reader number 1 is in its critical section
/// }
/// epochs.retire(&*page as *const _ as *const u8, 0);    // out of the structure, but readers may hold it
/// epochs.advance(1);                                    // they cannot any more
/// epochs.reclaim(&*page as *const _ as *const u8);
/// drop(page);                                           // leakgrow sees the free of a heap block by itself
/// ```
#[derive(Debug)]
pub struct Domain {
    id: usize,
}

impl Domain {
    /// A domain of its own. The name is that of the report; at most 255 bytes of it are used. Domains are never closed; make them
    /// once.
    pub fn new(name: &str, scheme: Scheme) -> Domain {
        let name = Name::new(name);
        Domain { id: ask(code::DOMAIN_NEW, [name.arg(), scheme as usize, 0, 0, 0]) }
    }

    /// Reader number `participant` begins to read; 0 is this thread. It stops when the guard is dropped. Critical sections nest.
    #[inline]
    pub fn pin(&self, participant: usize) -> Pinned<'_> {
        tell(code::PIN, [self.id, participant, 0, 0, 0]);
        Pinned { domain: self, participant }
    }

    /// The reader holds nothing at this moment, though it stays pinned: a quiescent state, a repin.
    #[inline]
    pub fn quiescent(&self, participant: usize) {
        tell(code::QUIESCENT, [self.id, participant, 0, 0, 0]);
    }

    /// The object was taken out of the structure and waits to be freed. If the address lies in a heap block, that block's free is its
    /// end; `size` is its bytes, 0 for those of the block. It is only an address: nothing is read through it by this program.
    #[inline]
    pub fn retire(&self, object: *const u8, size: usize) {
        self.retire_owner(object, size, 0, 0);
    }

    /// As [`retire`](Domain::retire), of an object that owns heap blocks which are freed with it: they count too. leakgrow follows
    /// `levels` (up to 8) levels of pointers to the begin of a block. `stash`, unless 0, names the list in which the object waits
    /// until it is queued, say the thread's own; with 0 it is queued at once.
    #[inline]
    pub fn retire_owner(&self, object: *const u8, size: usize, levels: usize, stash: usize) {
        tell(code::RETIRE, [self.id, object as usize, size, levels, stash]);
    }

    /// The object was handed over to whoever frees, and waits for its grace period.
    #[inline]
    pub fn queued(&self, object: *const u8) {
        tell(code::QUEUED, [self.id, 0, object as usize, 0, 0]);
    }

    /// Everything in the stash was handed over.
    #[inline]
    pub fn queued_all(&self, stash: usize) {
        tell(code::QUEUED, [self.id, stash, 0, 0, 0]);
    }

    /// The epoch went on to this number (0: it has none), or a grace period ended.
    #[inline]
    pub fn advance(&self, epoch: usize) {
        tell(code::ADVANCE, [self.id, epoch, 0, 0, 0]);
    }

    /// The destructor of the object is about to run.
    #[inline]
    pub fn reclaim(&self, object: *const u8) {
        tell(code::RECLAIM, [self.id, object as usize, 0, 0, 0]);
    }

    /// The object is gone. Needed only for what is not in a heap block, or goes back to a pool of the program: frees are seen.
    #[inline]
    pub fn free(&self, object: *const u8) {
        tell(code::FREE, [self.id, object as usize, 0, 0, 0]);
    }
}

/// A reader in its critical section. See [`Domain::pin`].
#[derive(Debug)]
#[must_use = "the reader is unpinned as soon as this is dropped"]
pub struct Pinned<'a> {
    domain: &'a Domain,
    participant: usize,
}

impl Drop for Pinned<'_> {
    #[inline]
    fn drop(&mut self) {
        tell(code::UNPIN, [self.domain.id, self.participant, 0, 0, 0]);
    }
}
