//! Reading: from bytes to ids.
//!
//! Knows messages and names. Must not know who asks.

use std::sync::Arc;

use ipnet::IpNet;
use prost::Message as _;

use super::names::Names;
use super::proto::{self, message::Body};
use super::{Decoded, Message, PairState, address, data, node, quick, registration, route};
use crate::mapping::Mapping;

/// Room is made for one mapping in so many bytes: one of a source with a name of 10 letters takes about as many, others more.
/// Source: the fields of `Mapping` in `proto/`; only time sees it.
const MAPPING_BYTES: usize = 40;

impl Names {
    /// Reads a frame.
    ///
    /// Errors: what the bytes do not hold, as a sentence. Bytes from outside never panic here.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<Decoded, String> {
        self.decode_by(bytes, |rest, mappings| quick::read(self, rest, mappings))
    }

    /// Reads a frame; what `quickly` does not read of it, prost does.
    pub(super) fn decode_by(
        &self,
        bytes: &[u8],
        quickly: impl Fn(&[u8], &mut Vec<Mapping>) -> Option<(Message, usize)>,
    ) -> Result<Decoded, String> {
        let mut rest = bytes;
        let mut mappings = Vec::with_capacity(bytes.len() / MAPPING_BYTES);
        let mut decoded = Decoded { messages: Vec::new(), mappings: Arc::from([]), unread: Vec::new() };
        while !rest.is_empty() {
            if let Some((message, length)) = quickly(rest, &mut mappings) {
                decoded.messages.push(message);
                rest = &rest[length..];
                continue;
            }
            let message = proto::Message::decode_length_delimited(&mut rest).map_err(|e| e.to_string())?;
            let body = message.body.ok_or("a message without a body")?;
            decoded.messages.push(self.read(body, &mut mappings)?);
        }
        decoded.mappings = mappings.into();
        Ok(decoded)
    }

    fn read(&self, body: Body, mappings: &mut Vec<Mapping>) -> Result<Message, String> {
        Ok(match body {
            Body::Hello(hello) => Message::Hello { node: node(hello.node)? },
            Body::HelloReply(hello) => Message::HelloReply { node: node(hello.node)? },
            Body::SetFilter(filter) => Message::SetFilter {
                include: filter.include.iter().map(network).collect::<Result<_, _>>()?,
                exclude: filter.exclude.iter().map(network).collect::<Result<_, _>>()?,
            },
            Body::GetAll(_) => Message::GetAll,
            Body::Ask(proto::Ask { position }) => Message::Ask { position },
            Body::Told(proto::Told { next_position }) => Message::Told { next_position },
            Body::Poll(_) => Message::Poll,
            Body::Probe(proto::Probe { sequence }) => Message::Probe { sequence },
            Body::Mappings(some) => {
                let count = self.read_all(&some.mappings, mappings)?;
                Message::Mappings { full: some.full, count }
            }
            Body::Data(some) => data::read(self, &some)?,
            Body::Registration(some) => registration::read(self, &some)?,
            Body::SetTypes(types) => data::read_types(&types)?,
            Body::Threat(threat) => data::read_threat(self, &threat)?,
            Body::Query(proto::Query { position, not_before, newest_max, takes }) => {
                Message::Query { position, not_before, newest_max, takes }
            }
            Body::Records(some) => {
                let count = self.read_all(&some.records, mappings)?;
                Message::Records { next_position: some.next_position, count }
            }
            Body::PairState(state) => Message::PairState(match state.state {
                0 => PairState::Passive,
                1 => PairState::Active,
                2 => PairState::Suspended,
                other => return Err(format!("unknown pair state {other}")),
            }),
        })
    }

    fn read_all(&self, from: &[proto::Mapping], into: &mut Vec<Mapping>) -> Result<u32, String> {
        for mapping in from {
            into.push(self.read_mapping(mapping)?);
        }
        u32::try_from(from.len()).map_err(|_| "too many mappings in one message".to_owned())
    }

    fn read_mapping(&self, from: &proto::Mapping) -> Result<Mapping, String> {
        let address = address(&from.address)?;
        let user = if from.user.is_empty() {
            None
        } else {
            let id = self.user_id(from.user.as_bytes());
            Some(id.ok_or_else(|| format!("unknown user {:?}", from.user))?)
        };
        let id = self.address_id(address);
        Ok(Mapping {
            address: id.ok_or_else(|| format!("unknown address {address}"))?,
            user,
            log_off: from.log_off,
            timestamp: from.timestamp,
            source: node(from.source)?,
            sequence: from.sequence,
            origin: node(from.origin)?,
            route: route(&from.route)?,
        })
    }
}

fn network(from: &proto::Network) -> Result<IpNet, String> {
    let prefix = u8::try_from(from.prefix_length).map_err(|e| e.to_string())?;
    IpNet::new(address(&from.address)?, prefix).map_err(|e| e.to_string())
}
