//! Wire: the bytes of mappings and session messages, written and read by prost.
//!
//! Knows records and ids. Must not know nodes' behaviour or links.

mod decoded;

pub use decoded::{Decoded, Message, PairState};
