//! The reference's own reading of the bytes: only the fields that it needs, straight from the proto file.

use std::collections::BTreeMap;
use std::net::IpAddr;

use prost::Message as _;
use uidsim::ids::{AddressId, NodeId, UserId};
use uidsim::workload::Workload;

use super::facts::Id;

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(message, optional, tag = "6")]
    mappings: Option<Mappings>,
    #[prost(message, optional, tag = "8")]
    records: Option<Records>,
    #[prost(message, optional, tag = "21")]
    data: Option<Data>,
    #[prost(message, optional, tag = "23")]
    registration: Option<Registration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Registration {
    #[prost(bytes = "vec", tag = "1")]
    document: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Data {
    #[prost(message, repeated, tag = "1")]
    data: Vec<Datum>,
}

/// One datum as it stands in a frame.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Datum {
    #[prost(uint32, tag = "1")]
    pub(crate) r#type: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) address: Vec<u8>,
    #[prost(string, tag = "3")]
    pub(crate) user: String,
    #[prost(string, tag = "4")]
    pub(crate) label: String,
    #[prost(bool, tag = "5")]
    pub(crate) removed: bool,
    #[prost(uint64, tag = "6")]
    pub(crate) time_left: u64,
    #[prost(bool, tag = "7")]
    pub(crate) persistent: bool,
    #[prost(sfixed64, tag = "8")]
    pub(crate) timestamp: i64,
    #[prost(fixed32, tag = "9")]
    pub(crate) source: u32,
    #[prost(uint64, tag = "10")]
    pub(crate) sequence: u64,
    #[prost(fixed32, tag = "11")]
    pub(crate) origin: u32,
    #[prost(fixed32, repeated, tag = "12")]
    pub(crate) route: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Mappings {
    #[prost(message, repeated, tag = "1")]
    mappings: Vec<Mapping>,
    #[prost(bool, tag = "2")]
    full: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Records {
    #[prost(message, repeated, tag = "1")]
    records: Vec<Mapping>,
    #[prost(uint64, tag = "2")]
    next_position: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Mapping {
    #[prost(bytes = "vec", tag = "1")]
    address: Vec<u8>,
    #[prost(string, tag = "2")]
    user: String,
    #[prost(bool, tag = "3")]
    log_off: bool,
    #[prost(sfixed64, tag = "4")]
    timestamp: i64,
    #[prost(fixed32, tag = "5")]
    source: u32,
    #[prost(uint64, tag = "6")]
    sequence: u64,
    #[prost(fixed32, tag = "7")]
    origin: u32,
    #[prost(fixed32, repeated, tag = "8")]
    route: Vec<u32>,
}

/// One mapping as it stands in a frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Copy {
    pub(crate) id: Id,
    pub(crate) address: AddressId,
    pub(crate) user: Option<UserId>,
    pub(crate) log_off: bool,
    pub(crate) timestamp: i64,
    pub(crate) origin: NodeId,
    pub(crate) route: Vec<NodeId>,
    /// Inside a full table.
    pub(crate) full: bool,
}

/// A frame's mappings and records, and where the next query begins, if it holds records.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) copies: Vec<Copy>,
    pub(crate) next_position: Option<u64>,
    /// How many messages it holds.
    pub(crate) messages: u32,
    /// Documents that register something.
    pub(crate) registrations: usize,
    /// What it holds beside mappings and records.
    pub(crate) data: Vec<Datum>,
}

impl Content {
    /// Everything that a processor is charged for one by one.
    pub(crate) fn records(&self) -> usize {
        self.copies.len() + self.data.len() + self.registrations
    }
}

/// The names on the wire and the ids behind them.
pub(crate) struct Names {
    addresses: BTreeMap<IpAddr, AddressId>,
    users: BTreeMap<String, UserId>,
}

impl Names {
    pub(crate) fn new(workload: &Workload) -> Self {
        let addresses = workload.addresses.iter().enumerate().map(|(i, ip)| (*ip, AddressId::new(i)));
        let users = workload.users.iter().enumerate().map(|(i, user)| (user.clone(), UserId::new(i)));
        Self { addresses: addresses.collect(), users: users.collect() }
    }

    /// What `bytes` say.
    pub(crate) fn read(&self, mut bytes: &[u8]) -> Content {
        let mut content = Content::default();
        while !bytes.is_empty() {
            let message = Message::decode_length_delimited(&mut bytes).expect("a frame holds whole messages");
            content.messages += 1;
            content.registrations += usize::from(message.registration.is_some());
            content.data.extend(message.data.into_iter().flat_map(|data| data.data));
            if let Some(mappings) = message.mappings {
                let full = mappings.full;
                content.copies.extend(mappings.mappings.into_iter().map(|m| self.copy(m, full)));
            }
            if let Some(records) = message.records {
                let next = content.next_position.unwrap_or(0).max(records.next_position);
                content.next_position = Some(next);
                content.copies.extend(records.records.into_iter().map(|m| self.copy(m, false)));
            }
        }
        content
    }

    fn copy(&self, mapping: Mapping, full: bool) -> Copy {
        let ip = match mapping.address.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(mapping.address.as_slice()).expect("four bytes")),
            _ => IpAddr::from(<[u8; 16]>::try_from(mapping.address.as_slice()).expect("sixteen bytes")),
        };
        let node = |number: u32| NodeId::new(number as usize - 1);
        Copy {
            id: (node(mapping.source), mapping.sequence),
            address: self.addresses[&ip],
            user: (!mapping.user.is_empty()).then(|| self.users[&mapping.user]),
            log_off: mapping.log_off,
            timestamp: mapping.timestamp,
            origin: node(mapping.origin),
            route: mapping.route.into_iter().map(node).collect(),
            full,
        }
    }
}
