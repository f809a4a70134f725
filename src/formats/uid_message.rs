//! The `uid-message` document of the XML API: its entries and their limits.
//!
//! Knows the entries. Must not know XML: reading and writing stand beside it.

use std::net::IpAddr;

/// Bytes that one document may have. Source: vendor documentation, XML API: "POST up to 5 MB" (documented).
pub const DOCUMENT_BYTES_MAX: usize = 5 * 1_024 * 1_024;
/// Entries that one document may have. Source: none, a guess: what 5 MB of the shortest entries hold.
pub const ENTRIES_MAX: usize = 100_000;
/// The longest lifetime of a tag, 30 days. Units: seconds. Source: XML API reference (documented).
pub const TAG_TIMEOUT_SECONDS_MAX: u32 = 2_592_000;
/// The longest lifetime of a login that is read here, 366 days; no limit is published. Units: minutes.
pub const LOGIN_TIMEOUT_MINUTES_MAX: u32 = 366 * 24 * 60;

/// A tag, and how long it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its lifetime; 0 or `None`: until it is taken off. Units: seconds, where a login counts minutes.
    pub timeout_seconds: Option<u32>,
}

/// One entry of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The members of a group.
    Group {
        /// The group.
        name: String,
        /// Its members.
        members: Vec<String>,
    },
    /// A user is at an address.
    Login {
        /// `domain\user` or a principal name.
        user: String,
        /// Where.
        address: IpAddr,
        /// How long the entry lives without another; 0: for ever, `None`: as long as the receiver's own. Units: minutes.
        timeout_minutes: Option<u32>,
        /// The first port of the user's block on a shared host.
        block_start: Option<u16>,
    },
    /// A user, or whoever was there, left an address.
    Logout {
        /// Who.
        user: Option<String>,
        /// From where.
        address: IpAddr,
    },
    /// A host that many users share, with a block of ports for each.
    MultiUserSystem {
        /// The host.
        address: IpAddr,
        /// The first port that is handed out.
        start_port: u16,
        /// The last one.
        end_port: u16,
        /// Ports of one block.
        block_size: u16,
    },
    /// An address gets tags.
    Register {
        /// The address.
        address: IpAddr,
        /// Whether they outlive a restart of the receiver; `None`: as the receiver has it.
        persistent: Option<bool>,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// A user gets tags.
    RegisterUser {
        /// The user.
        user: String,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// An address loses tags; all of them when none is named.
    Unregister {
        /// The address.
        address: IpAddr,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// A user loses tags; all of them when none is named.
    UnregisterUser {
        /// The user.
        user: String,
        /// The tags.
        tags: Vec<Tag>,
    },
}

impl Entry {
    /// When an entry is carried out: shared hosts before the logins on them, logins before logouts (documented), all
    /// others in the order of the document.
    #[must_use]
    pub fn turn(&self) -> u8 {
        match self {
            Self::MultiUserSystem { .. } => 0,
            Self::Login { .. } => 1,
            Self::Logout { .. } => 2,
            _ => 3,
        }
    }
}

/// Why an entry, or the whole document, is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFault {
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The column, in characters, counted from 1.
    pub column: usize,
    /// What is wrong, as half a sentence.
    pub fact: String,
}

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidMessage {
    /// Its entries in the order in which they are carried out.
    pub entries: Vec<Entry>,
    /// The entries that are not read, in the order of the document; they do not stop the others.
    pub faults: Vec<EntryFault>,
}
