//! Formats: the texts in which the real world tells who is behind which address, and how they are read and written.
//!
//! Knows text, addresses and names of users. Must not know nodes, links or the time of a run. Every reader has stated
//! limits, and whatever the bytes, it says what is wrong with them and goes on with what comes after.

mod leef;
mod profile;
mod stamp;
mod syslog;
mod uid_message;
mod uid_read;
mod uid_write;
mod userid_log;

pub use leef::Leef;
pub use profile::{FieldIdentifier, PATTERN_BYTES_MAX, Profile, ProfileFault, RegexIdentifier, Unread};
pub use stamp::{Stamp, civil_stamp};
pub use syslog::{Header, LINE_BYTES_MAX, LINE_BYTES_MAX_9_1, Line, read_line, rfc3164_line, rfc5424_line};
pub use uid_message::{
    DOCUMENT_BYTES_MAX, ENTRIES_MAX, Entry, EntryFault, LOGIN_TIMEOUT_MINUTES_MAX, TAG_TIMEOUT_SECONDS_MAX,
    Tag, UidMessage,
};
pub use uid_read::read_uid_message;
pub use uid_write::write_uid_message;
pub use userid_log::{UserIdEvent, UserIdLine, read_userid_line};

use std::net::IpAddr;

/// What a text says of one address: that a user is there, or that the user (or whoever was there) has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The address.
    pub address: IpAddr,
    /// The user as it is written; only a logout may name none.
    pub user: Option<String>,
    /// Whether the user left.
    pub is_logout: bool,
}

/// An address as a text names it.
///
/// Errors: half a sentence.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    text.trim().parse().map_err(|_| format!("{} is no address", quoted(text)))
}

/// The beginning of a text from outside, in quotes, for a person.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let start: String = text.chars().take(SHOWN_MAX).collect();
    let dots = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{dots}")
}
