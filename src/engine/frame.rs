//! Frames: what a connection writes at one instant. Encoded once, decoded once if anybody asks, shared by all receivers.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// Bytes on their way, with what they decode to once somebody has asked.
pub struct Frame<M> {
    bytes: Bytes,
    messages: u32,
    mappings: u32,
    decode: Arc<dyn Fn(&Bytes) -> M + Send + Sync>,
    memo: OnceLock<M>,
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
        Self { bytes, messages, mappings, decode, memo: OnceLock::new() }
    }

    /// The bytes that cross links.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
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

    /// What the bytes decode to; decoded at the first call only.
    pub fn memo(&self) -> &M {
        self.memo.get_or_init(|| (self.decode)(&self.bytes))
    }
}

impl<M> fmt::Debug for Frame<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes, {} messages)", self.bytes.len(), self.messages)
    }
}
