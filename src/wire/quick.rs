//! Reading mappings quickly: messages as `write` writes them, without a copy of any text.
//!
//! Whatever looks otherwise (an unknown field, another wire type, a name that nobody has, bytes that end too early)
//! is `None` here and left to prost, which says what is wrong or reads it all the same. So what is read and what is
//! refused is decided there; a test holds the two against each other.

use std::net::IpAddr;

use super::names::Names;
use super::{Message, node};
use crate::ids::{AddressId, NodeId};
use crate::mapping::{Mapping, Route};

/// The key of `Message.body` where that is one of mappings: field 6, length-delimited.
const MAPPINGS: u8 = 0x32;

/// Bytes that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// A varint of at most nine bytes; longer ones are rare or wrong.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in 0..9 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * shift);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn delimited(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        self.take(length)
    }

    fn node(&mut self) -> Option<NodeId> {
        node(u32::from_le_bytes(self.array()?)).ok()
    }
}

/// Reads one length-delimited message of mappings or records from the front of `bytes`, appends its mappings, and
/// says how long it was. After `None` nothing has been appended.
pub(super) fn read(names: &Names, bytes: &[u8], into: &mut Vec<Mapping>) -> Option<(Message, usize)> {
    let mut rest = Rest(bytes);
    let mut message = Rest(rest.delimited()?);
    let key = message.byte()?;
    let body = message.delimited()?;
    if !message.0.is_empty() {
        return None;
    }
    let before = into.len();
    let read = match key {
        MAPPINGS => mappings(names, body, into)
            .map(|(count, full)| Message::Mappings { full: full.is_some_and(|full| full != 0), count }),
        0x42 => mappings(names, body, into)
            .map(|(count, next)| Message::Records { next_position: next.unwrap_or(0), count }),
        _ => None,
    };
    if read.is_none() {
        into.truncate(before);
    }
    Some((read?, bytes.len() - rest.0.len()))
}

/// The mappings of a body, how many, and the varint after them. Names are looked up after all fields have been read,
/// one kind after the other, so that the looks into memory overlap.
fn mappings(names: &Names, body: &[u8], into: &mut Vec<Mapping>) -> Option<(u32, Option<u64>)> {
    let mut rest = Rest(body);
    let (mut tail, mut texts) = (None, Vec::new());
    let first = into.len();
    while !rest.0.is_empty() {
        match rest.byte()? {
            0x0a if tail.is_none() => {
                let (mapping, text) = mapping(rest.delimited()?)?;
                into.push(mapping);
                texts.push(text);
            }
            0x10 if tail.is_none() => tail = Some(rest.varint()?),
            _ => return None,
        }
    }
    for (mapping, text) in into[first..].iter_mut().zip(&texts) {
        mapping.address = names.address_id(address(text.address)?)?;
    }
    for (mapping, text) in into[first..].iter_mut().zip(&texts) {
        if !text.user.is_empty() {
            mapping.user = Some(names.user_id_at(mapping.address, text.user)?);
        }
    }
    Some((u32::try_from(texts.len()).ok()?, tail))
}

/// What stands for an address and for a user.
struct Text<'a> {
    address: &'a [u8],
    user: &'a [u8],
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => Some(IpAddr::from(<[u8; 4]>::try_from(octets).ok()?)),
        _ => Some(IpAddr::from(<[u8; 16]>::try_from(octets).ok()?)),
    }
}

/// One mapping, its address and user still as text.
fn mapping(bytes: &[u8]) -> Option<(Mapping, Text<'_>)> {
    let mut rest = Rest(bytes);
    let (mut address, mut user): (&[u8], &[u8]) = (&[], &[]);
    let (mut log_off, mut timestamp, mut sequence) = (false, 0, 0);
    let (mut source, mut origin, mut route) = (None, None, Route::new());
    while !rest.0.is_empty() {
        match rest.byte()? {
            0x0a => address = rest.delimited()?,
            0x12 => user = rest.delimited()?,
            0x18 => log_off = rest.varint()? != 0,
            0x21 => timestamp = i64::from_le_bytes(rest.array()?),
            0x2d => source = Some(rest.node()?),
            0x30 => sequence = rest.varint()?,
            0x3d => origin = Some(rest.node()?),
            0x42 => {
                let mut nodes = Rest(rest.delimited()?);
                while !nodes.0.is_empty() {
                    route.push(nodes.node()?).then_some(())?;
                }
            }
            _ => return None,
        }
    }
    let (user, text) = (None, Text { address, user });
    let address = AddressId::new(0);
    let (source, origin) = (source?, origin?);
    Some((Mapping { address, user, log_off, timestamp, source, sequence, origin, route }, text))
}
