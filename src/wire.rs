//! Wire: the bytes of mappings and session messages, as prost writes and reads them, and the texts of some sources.
//!
//! Knows records and ids. Must not know nodes' behaviour or links.

mod codec;
mod data;
mod decoded;
mod label;
mod names;
mod quick;
mod read;
mod registration;
mod speech;
mod write;

pub use codec::Codec;
use codec::{address, node, number, route};
pub use decoded::{Decoded, Message, PairState};
pub use label::{holds_mappings, is_full_table};
pub use speech::{Accounts, Speech, SyslogFormat, SyslogSpeech, fill};

/// The generated message types of `proto/redistribution.proto`.
pub mod proto {
    #![expect(missing_docs, reason = "the documentation stands in the .proto file")]
    include!(concat!(env!("OUT_DIR"), "/uidsim.redistribution.v1.rs"));
}
