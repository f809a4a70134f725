//! Frames: what a connection writes at one instant. Encoded once, decoded once if anybody asks, shared by all who may read it.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;

/// Gives the bytes of a frame.
type Write = Box<dyn FnOnce() -> Bytes + Send>;

/// Bytes on their way, with what they decode to once somebody has asked.
pub struct Frame<M> {
    length: usize,
    written: OnceLock<Bytes>,
    /// Where they are not written yet; what it needs is forgotten with it.
    write: Mutex<Option<Write>>,
    label: u8,
    messages: u32,
    mappings: u32,
    decode: Arc<dyn Fn(&Bytes) -> M + Send + Sync>,
    memo: OnceLock<M>,
    /// The same without bytes, once somebody is sent it.
    hollow: OnceLock<Arc<Self>>,
}

impl<M> Frame<M> {
    /// A frame of `messages` messages with `mappings` records in all; `decode` is run on its bytes at
    /// the first look, whoever takes it.
    #[must_use]
    pub fn new(
        bytes: Bytes,
        messages: u32,
        mappings: u32,
        decode: Arc<dyn Fn(&Bytes) -> M + Send + Sync>,
    ) -> Self {
        let (length, written) = (bytes.len(), OnceLock::from(bytes));
        Self {
            length,
            written,
            write: Mutex::new(None),
            label: 0,
            messages,
            mappings,
            decode,
            memo: OnceLock::new(),
            hollow: OnceLock::new(),
        }
    }

    /// The same of `length` bytes that `write` gives at the first look, whoever takes it.
    #[must_use]
    pub fn later(
        (length, write): (usize, Write),
        messages: u32,
        mappings: u32,
        decode: Arc<dyn Fn(&Bytes) -> M + Send + Sync>,
    ) -> Self {
        Self {
            length,
            written: OnceLock::new(),
            write: Mutex::new(Some(write)),
            ..Self::new(Bytes::new(), messages, mappings, decode)
        }
    }

    /// The same with a label, which says to those who do not read it what it holds, in the words of who made it.
    #[must_use]
    pub fn with_label(self, label: u8) -> Self {
        Self { label, ..self }
    }

    /// What crosses links in its stead, to whoever knows it by its label: as long, and of as many messages and records. Nobody
    /// can read it, so that its bytes need not be kept until it is there.
    pub(super) fn hollow(&self) -> Arc<Self> {
        let make = || Self {
            length: self.length,
            written: OnceLock::new(),
            write: Mutex::new(None),
            label: self.label,
            messages: self.messages,
            mappings: self.mappings,
            decode: self.decode.clone(),
            memo: OnceLock::new(),
            hollow: OnceLock::new(),
        };
        self.hollow.get_or_init(|| Arc::new(make())).clone()
    }

    /// What its maker says that it holds; 0: nothing.
    #[must_use]
    pub fn label(&self) -> u8 {
        self.label
    }

    /// The bytes that cross links; written at the first call only. Panics where they are not as many as was said, and at whoever
    /// knows the frame by its label alone (`HostPlan::scanned_from`).
    pub fn bytes(&self) -> &Bytes {
        self.written.get_or_init(|| {
            let write = self.write.lock().expect("no thread dies with the lock").take();
            let bytes = write.expect("what is read is written, or says how it is to be written")();
            assert_eq!(bytes.len(), self.length, "a frame is as long as was said before it was written");
            bytes
        })
    }

    /// How many bytes cross links, whether they are written yet or not.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many messages it holds; a processor is charged for each.
    #[must_use]
    pub fn messages(&self) -> u32 {
        self.messages
    }

    /// How many records its messages hold; a processor is charged for each.
    #[must_use]
    pub fn mappings(&self) -> u32 {
        self.mappings
    }

    /// What the bytes decode to; decoded at the first call only. Panics where `bytes` does.
    pub fn memo(&self) -> &M {
        self.memo.get_or_init(|| (self.decode)(self.bytes()))
    }
}

impl<M> fmt::Debug for Frame<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes, {} messages)", self.length, self.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_later_is_what_was_said() {
        let later = |length: usize| {
            let write: Write = Box::new(|| Bytes::from_static(b"news"));
            Frame::later((length, write), 1, 2, Arc::new(|bytes: &Bytes| bytes.len())).with_label(3)
        };
        let frame = later(4);
        assert_eq!((frame.length(), frame.messages(), frame.mappings(), frame.label()), (4, 1, 2, 3));
        assert_eq!((*frame.memo(), frame.bytes().as_ref()), (4, b"news".as_slice()));
        let broken = std::panic::catch_unwind(|| later(5).bytes().len());
        assert!(broken.is_err(), "it is not as long as was said");
        let hollow = frame.hollow();
        assert_eq!((hollow.length(), hollow.messages(), hollow.mappings(), hollow.label()), (4, 1, 2, 3));
        assert!(Arc::ptr_eq(&hollow, &frame.hollow()), "all share it");
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| *hollow.memo()));
        assert!(read.is_err(), "nobody can read it");
    }
}
