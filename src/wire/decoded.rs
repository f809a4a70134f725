//! What the bytes of a frame mean.

use std::sync::Arc;

use ipnet::IpNet;

use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::{DataTypes, Datum, Mapping};

/// A frame's messages, and all their mappings in one shared segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The messages in order.
    pub messages: Vec<Message>,
    /// The mappings of all `Mappings` or `Records` messages in order. Of records, which no node has
    /// learned yet, the origin is the source itself and the route is empty.
    pub mappings: Arc<[Mapping]>,
    /// Positions of records whose text says nothing to the learner; what stands there is what was meant.
    pub unread: Vec<usize>,
}

/// One message; see `proto/redistribution.proto`.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// What is carried beside mappings, or what an XML API client registers.
    Data {
        /// Part of everything that the sender has.
        full: bool,
        /// In order.
        data: Vec<Datum>,
    },
    /// A node asks a directory or terminal server what has changed.
    Ask {
        /// The first change that it does not know.
        position: u64,
    },
    /// The client wants the whole table.
    GetAll,
    /// The client names itself.
    Hello {
        /// Its node.
        node: NodeId,
    },
    /// The upstream names itself.
    HelloReply {
        /// Its node.
        node: NodeId,
    },
    /// Mappings; the next `count` of the frame's segment.
    Mappings {
        /// Part of a full table.
        full: bool,
        /// How many.
        count: u32,
    },
    /// What an HA member says of itself.
    PairState(PairState),
    /// A polling client wants what is new.
    Poll,
    /// An agent asks who is logged on behind an address.
    Probe {
        /// The probe's number.
        sequence: u64,
    },
    /// A learner reads a log.
    Query {
        /// From this record on.
        position: u64,
        /// Nothing whose timestamp is older than this.
        not_before: i64,
        /// Of these only the newest; 0: all.
        newest_max: u64,
        /// Only these classes of records, as bits; 0: all.
        takes: u32,
    },
    /// What a source tells; the next `count` of the frame's segment.
    Records {
        /// Where the next query begins.
        next_position: u64,
        /// How many.
        count: u32,
    },
    /// What a directory or terminal server tells.
    Told {
        /// The first change that has not occurred yet.
        next_position: u64,
    },
    /// What the client wants to have.
    SetFilter {
        /// Only these networks; empty: all.
        include: Vec<IpNet>,
        /// Not these.
        exclude: Vec<IpNet>,
    },
    /// Which data types the client wants.
    SetTypes(DataTypes),
    /// A firewall logs a threat.
    Threat {
        /// Its running number.
        number: u64,
        /// From where.
        address: AddressId,
        /// Whom the firewall's table names there.
        user: Option<UserId>,
    },
}

/// The state of an HA member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairState {
    /// Enforces and talks to upstreams.
    Active,
    /// Receives over HA1 and waits.
    Passive,
    /// Stepped back by an operator's word.
    Suspended,
}

impl Decoded {
    /// The source whose records the frame holds; `None` when it holds none.
    #[must_use]
    pub fn records_from(&self) -> Option<NodeId> {
        let holds = matches!(self.messages.first(), Some(Message::Records { .. }));
        self.mappings.first().filter(|_| holds).map(|record| record.source)
    }
}
