//! Wire: the bytes of mappings and session messages, written and read by prost.
//!
//! Knows records and ids. Must not know nodes' behaviour or links.

mod codec;
mod decoded;

pub use codec::Codec;
pub use decoded::{Decoded, Message, PairState};

/// The generated message types of `proto/redistribution.proto`.
pub mod proto {
    #![expect(missing_docs, reason = "the documentation stands in the .proto file")]
    include!(concat!(env!("OUT_DIR"), "/uidsim.redistribution.v1.rs"));
}
