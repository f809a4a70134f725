//! Writing mappings: the same bytes as prost writes of the messages in `proto/`, straight from ids.
//!
//! Knows the fields of a mapping. A test holds every frame against prost's own. Messages without mappings are left
//! to prost.

use std::borrow::Borrow;
use std::net::IpAddr;

use prost::encoding::{encode_varint, encoded_len_varint};

use super::names::Names;
use super::number;
use crate::ids::NodeId;
use crate::mapping::Mapping;

/// Keys of one byte: a field's number and the wire type.
const LENGTH: u8 = 2;
const fn key(field: u8, wire_type: u8) -> u8 {
    field << 3 | wire_type
}

/// Which message carries the mappings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carrier {
    /// `Mappings`, and whether they are part of a full table.
    Mappings(bool),
    /// `Records`, and where the next query begins.
    Records(u64),
}

impl Carrier {
    /// The field of `Message.body`.
    fn field(self) -> u8 {
        match self {
            Self::Mappings(_) => 6,
            Self::Records(_) => 8,
        }
    }

    /// What stands after the mappings: a field's number and its varint; proto3 leaves a zero out.
    fn tail(self) -> Option<(u8, u64)> {
        let value = match self {
            Self::Mappings(full) => u64::from(full),
            Self::Records(next_position) => next_position,
        };
        (value > 0).then_some((key(2, 0), value))
    }
}

/// What is written around mappings: a node that passes them on if there is one, which message carries them, and how many of them
/// at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub(super) by: Option<NodeId>,
    pub(super) carrier: Carrier,
    pub(super) per_message: u32,
}

/// How long what is to be written will be.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Each mapping by itself. Units: bytes.
    mappings: Vec<usize>,
    /// Each message by itself. Units: bytes.
    bodies: Vec<usize>,
}

impl Layout {
    /// Of these mappings. Cost: one look a name.
    pub(super) fn new<M: Borrow<Mapping>>(names: &Names, mappings: &[M], envelope: Envelope) -> Self {
        let each = mappings.iter().map(|mapping| length(names, mapping.borrow(), envelope.by));
        let mappings: Vec<usize> = each.collect();
        let tail = envelope.carrier.tail().map_or(0, |(_, value)| 1 + encoded_len_varint(value));
        let body = |lengths: &[usize]| lengths.iter().map(|length| delimited(*length)).sum::<usize>() + tail;
        // No mapping at all still is a message.
        let bodies = if mappings.is_empty() {
            vec![tail]
        } else {
            mappings.chunks(envelope.size()).map(body).collect()
        };
        Self { mappings, bodies }
    }

    /// All bytes.
    pub(super) fn length(&self) -> usize {
        self.bodies.iter().map(|body| delimited(delimited(*body)) - 1).sum()
    }

    /// How many messages they are: at least one.
    pub(super) fn messages(&self) -> u32 {
        u32::try_from(self.bodies.len()).expect("a frame has fewer than 2^32 messages")
    }
}

impl Envelope {
    fn size(self) -> usize {
        self.per_message.max(1) as usize
    }
}

/// The bytes of `mappings`, which will be so long. Cost: one allocation, and the bytes.
pub(super) fn write<M: Borrow<Mapping>>(
    names: &Names,
    mappings: &[M],
    envelope: Envelope,
    layout: &Layout,
) -> Vec<u8> {
    // The first look at each name is taken here, where memory can fetch them all at once.
    let first = |mapping: &M| {
        let Mapping { address, user, .. } = mapping.borrow();
        let letter = user.and_then(|user| names.user(user).bytes().next());
        letter.unwrap_or(0) ^ u8::from(names.address(*address).is_ipv6())
    };
    std::hint::black_box(mappings.iter().map(first).fold(0, |all, byte| all ^ byte));
    let Envelope { by, carrier, .. } = envelope;
    let mut bytes = Vec::with_capacity(layout.length());
    let mut each = mappings.iter().zip(&layout.mappings);
    for body in &layout.bodies {
        varint(delimited(*body) as u64, &mut bytes);
        bytes.push(key(carrier.field(), LENGTH));
        varint(*body as u64, &mut bytes);
        for (mapping, length) in each.by_ref().take(envelope.size()) {
            bytes.push(key(1, LENGTH));
            varint(*length as u64, &mut bytes);
            write_mapping(names, mapping.borrow(), by, &mut bytes);
        }
        if let Some((key, value)) = carrier.tail() {
            bytes.push(key);
            varint(value, &mut bytes);
        }
    }
    bytes
}

/// As prost writes it; most are of one byte.
fn varint(value: u64, bytes: &mut Vec<u8>) {
    if value < 0x80 {
        bytes.push(value as u8);
    } else {
        encode_varint(value, bytes);
    }
}

/// A key of one byte, the length, and so many bytes.
fn delimited(length: usize) -> usize {
    1 + encoded_len_varint(length as u64) + length
}

fn length(names: &Names, mapping: &Mapping, by: Option<NodeId>) -> usize {
    let address = match names.address(mapping.address) {
        IpAddr::V4(_) => 4,
        IpAddr::V6(_) => 16,
    };
    let some = |length: usize| if length == 0 { 0 } else { delimited(length) };
    let varint = |value: u64| if value == 0 { 0 } else { 1 + encoded_len_varint(value) };
    delimited(address)
        + mapping.user.map_or(0, |user| some(names.user_length(user)))
        + 2 * usize::from(mapping.log_off)
        + 9 * usize::from(mapping.timestamp != 0)
        + varint(mapping.sequence)
        + some(4 * (mapping.route.nodes().len() + by.iter().len()))
        // Source and origin; numbers begin at 1.
        + 10
}

fn write_mapping(names: &Names, mapping: &Mapping, by: Option<NodeId>, bytes: &mut Vec<u8>) {
    let field = |number: u8, value: &[u8], bytes: &mut Vec<u8>| {
        bytes.push(key(number, LENGTH));
        varint(value.len() as u64, bytes);
        bytes.extend_from_slice(value);
    };
    match names.address(mapping.address) {
        IpAddr::V4(address) => field(1, &address.octets(), bytes),
        IpAddr::V6(address) => field(1, &address.octets(), bytes),
    }
    let user = mapping.user.map_or("", |user| names.user(user));
    if !user.is_empty() {
        field(2, user.as_bytes(), bytes);
        mapping.user.iter().for_each(|user| names.suppose(mapping.address, *user));
    }
    if mapping.log_off {
        bytes.extend_from_slice(&[key(3, 0), 1]);
    }
    if mapping.timestamp != 0 {
        bytes.push(key(4, 1));
        bytes.extend_from_slice(&mapping.timestamp.to_le_bytes());
    }
    bytes.push(key(5, 5));
    bytes.extend_from_slice(&number(mapping.source).to_le_bytes());
    if mapping.sequence != 0 {
        bytes.push(key(6, 0));
        varint(mapping.sequence, bytes);
    }
    bytes.push(key(7, 5));
    bytes.extend_from_slice(&number(mapping.origin).to_le_bytes());
    let route = mapping.route.nodes();
    let hops = route.len() + by.iter().len();
    if hops > 0 {
        bytes.push(key(8, LENGTH));
        varint(4 * hops as u64, bytes);
        for node in route.iter().chain(&by) {
            bytes.extend_from_slice(&number(*node).to_le_bytes());
        }
    }
}
