//! Notes: what the cast tells the observers. A node notes what it did; nobody else knows it.

use std::sync::Arc;

use crate::ids::{AddressId, NodeId};
use crate::mapping::{Datum, DatumKey, Mapping, Outcome};

/// What a node tells.
#[derive(Clone, Debug)]
pub enum Note {
    /// Something about data beside mappings.
    Data(DataNote),
    /// The feed `from` → `to` (a session, a read log, a push, an HA feed) changed its state.
    Edge {
        /// The feeding end.
        from: NodeId,
        /// The fed end.
        to: NodeId,
        /// What it is now.
        state: EdgeState,
    },
    /// This node enforces policy from now on, or no longer.
    Enforcing(bool),
    /// A connection that the feed `from` → `to` needs did not come about; it is tried again after the back-off.
    Hindered {
        /// The feeding end.
        from: NodeId,
        /// The fed end.
        to: NodeId,
        /// Why.
        why: Hindrance,
    },
    /// The timers of these addresses ended at this instant; their entries are gone.
    Expired(Vec<AddressId>),
    /// This node knows every change of a directory or terminal server before a position.
    Followed {
        /// Whose changes.
        ledger: NodeId,
        /// The first change that it does not know.
        position: u64,
    },
    /// What became of each mapping that this node was given: of the frame just delivered to it, or (`from`
    /// = `None`) of what its table was loaded with at the start.
    Merged {
        /// The feeding end.
        from: Option<NodeId>,
        /// The mappings. As learned: the origin is this node where it is the learner.
        segment: Arc<[Mapping]>,
        /// Their fates, position by position.
        outcomes: Vec<Outcome>,
    },
    /// This source noticed its update `sequence` at this instant.
    Noticed {
        /// Its running number.
        sequence: u64,
    },
    /// Copies that were to go to `to` and will not.
    Withheld {
        /// The fed end.
        to: NodeId,
        /// Identities `(source, sequence)`.
        updates: Vec<(NodeId, u64)>,
        /// Why.
        why: Withholding,
    },
}

/// What a node tells of data beside mappings.
#[derive(Clone, Debug)]
pub enum DataNote {
    /// These have no time left at this instant.
    Ended(Vec<DatumKey>),
    /// This firewall logs a threat.
    Logged {
        /// Its running number.
        threat: u64,
    },
    /// What became of each datum that this node was given, in order.
    Merged {
        /// The XML API client or the upstream.
        from: NodeId,
        /// As merged: the origin is this node where it was registered here.
        data: Vec<Datum>,
        /// Their fates, position by position: applied, duplicate, refused or over its hops.
        outcomes: Vec<Outcome>,
    },
}

/// The state of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeState {
    /// Wanted, and kept from coming about by what the configuration says.
    Barred(Bar),
    /// Wanted, and not connected.
    Down,
    /// Not wanted now: the fed end is on standby.
    Idle,
    /// Connected, waiting for its full table.
    Resyncing,
    /// Carries what is new.
    Up,
}

/// What keeps a redistribution session from coming about for as long as nobody changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// The two ends do not know each other by name, key, serial number or certificate.
    Key,
    /// The port is blocked.
    Port,
}

/// Why a connection did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hindrance {
    /// A certificate that the other end does not have has expired.
    Certificate,
    /// The client names the service by another collector name.
    CollectorName,
    /// Host names cannot be looked up.
    Name,
    /// The client knows another pre-shared key, or none.
    PreSharedKey,
    /// The client names the upstream by another serial number.
    SerialNumber,
    /// The service route of one of the two is down.
    ServiceRoute,
    /// The port is blocked at the dialled node, on a link, or by a firewall on the way.
    Port,
    /// Nobody answered in time.
    Unanswered,
}

/// Why a copy was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withholding {
    /// A later update of the same address is sent in the same tick.
    Coalesced,
    /// The session's networks leave it out.
    Filtered,
    /// The source's buffer for an unconnected learner was full.
    Overflow,
}
