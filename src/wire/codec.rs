//! The codec: from ids to bytes and back. What crosses a link is what prost wrote here.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ipnet::IpNet;
use prost::Message as _;

use super::proto::{self, message::Body};
use super::{Decoded, Message, PairState};
use crate::engine::Frame;
use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::{Mapping, Route};

/// Protocol version that PAN-OS 10 shows. Source: pan-os-upgrade-assurance tests (documented).
const VERSION: u32 = 6;

/// The names behind ids, shared by all frames of a run.
#[derive(Debug)]
struct Names {
    addresses: Vec<IpAddr>,
    users: Vec<String>,
    address_ids: BTreeMap<IpAddr, AddressId>,
    user_ids: BTreeMap<String, UserId>,
}

/// Writes and reads frames. Cost: proportional to the bytes; each frame is written once and read once.
#[derive(Clone, Debug)]
pub struct Codec(Arc<Names>);

impl Codec {
    /// A codec for these addresses and users, in id order.
    #[must_use]
    pub fn new(addresses: Vec<IpAddr>, users: Vec<String>) -> Self {
        let address_ids = addresses.iter().enumerate().map(|(i, a)| (*a, AddressId::new(i))).collect();
        let user_ids = users.iter().enumerate().map(|(i, u)| (u.clone(), UserId::new(i))).collect();
        Self(Arc::new(Names { addresses, users, address_ids, user_ids }))
    }

    /// The text of an address id.
    #[must_use]
    pub fn address(&self, id: AddressId) -> IpAddr {
        self.0.addresses[id.index()]
    }

    /// The name of a user id.
    #[must_use]
    pub fn user(&self, id: UserId) -> &str {
        &self.0.users[id.index()]
    }

    /// A frame of one message that carries no mappings.
    #[must_use]
    pub fn control(&self, message: &Message) -> Arc<Frame<Decoded>> {
        self.frame(vec![body_of(message)], 0)
    }

    /// A frame of mappings, at most `per_message` in a message.
    #[must_use]
    pub fn mappings(&self, mappings: &[Mapping], full: bool, per_message: u32) -> Arc<Frame<Decoded>> {
        let chunks = mappings.chunks(per_message.max(1) as usize);
        let bodies = chunks
            .map(|chunk| Body::Mappings(proto::Mappings { mappings: self.encode_all(chunk), full }))
            .collect::<Vec<_>>();
        let bodies = if bodies.is_empty() {
            vec![Body::Mappings(proto::Mappings { mappings: Vec::new(), full })]
        } else {
            bodies
        };
        self.frame(bodies, mappings.len())
    }

    /// A frame of a source's records, at most `per_message` in a message.
    #[must_use]
    pub fn records(&self, records: &[Mapping], next_position: u64, per_message: u32) -> Arc<Frame<Decoded>> {
        let message = |chunk: &[Mapping]| {
            Body::Records(proto::Records { records: self.encode_all(chunk), next_position })
        };
        let bodies: Vec<Body> = if records.is_empty() {
            vec![message(&[])]
        } else {
            records.chunks(per_message.max(1) as usize).map(message).collect()
        };
        self.frame(bodies, records.len())
    }

    fn frame(&self, bodies: Vec<Body>, mappings: usize) -> Arc<Frame<Decoded>> {
        let count = u32::try_from(bodies.len()).expect("a frame has fewer than 2^32 messages");
        let mappings = u32::try_from(mappings).expect("a frame has fewer than 2^32 mappings");
        let mut bytes = BytesMut::new();
        for body in bodies {
            let message = proto::Message { body: Some(body) };
            message.encode_length_delimited(&mut bytes).expect("a growing buffer takes any message");
        }
        let codec = self.clone();
        let decode =
            Arc::new(move |bytes: &Bytes| codec.decode(bytes).expect("what was encoded here decodes"));
        Arc::new(Frame::new(bytes.freeze(), count, mappings, decode))
    }

    fn encode_all(&self, mappings: &[Mapping]) -> Vec<proto::Mapping> {
        mappings.iter().map(|mapping| self.encode(mapping)).collect()
    }

    fn encode(&self, mapping: &Mapping) -> proto::Mapping {
        proto::Mapping {
            address: octets(self.address(mapping.address)),
            user: mapping.user.map_or_else(String::new, |user| self.user(user).to_owned()),
            log_off: mapping.log_off,
            timestamp: mapping.timestamp,
            source: number(mapping.source),
            sequence: mapping.sequence,
            origin: number(mapping.origin),
            route: mapping.route.nodes().iter().map(|node| number(*node)).collect(),
        }
    }

    /// Reads a frame.
    ///
    /// Errors: what the bytes do not hold, as a sentence. Bytes from outside never panic here.
    pub fn decode(&self, bytes: &Bytes) -> Result<Decoded, String> {
        let mut rest = bytes.clone();
        let mut decoded = Decoded { messages: Vec::new(), mappings: Arc::from([]) };
        let mut mappings = Vec::new();
        while !rest.is_empty() {
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
            Body::Poll(_) => Message::Poll,
            Body::Mappings(some) => {
                let count = self.read_all(&some.mappings, mappings)?;
                Message::Mappings { full: some.full, count }
            }
            Body::Query(proto::Query { position, not_before, newest_max }) => {
                Message::Query { position, not_before, newest_max }
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
            let id = self.0.user_ids.get(&from.user);
            Some(*id.ok_or_else(|| format!("unknown user {:?}", from.user))?)
        };
        let mut route = Route::new();
        for number in &from.route {
            route = route.with(node(*number)?).ok_or("a route longer than any mapping may cross")?;
        }
        let id = self.0.address_ids.get(&address);
        Ok(Mapping {
            address: *id.ok_or_else(|| format!("unknown address {address}"))?,
            user,
            log_off: from.log_off,
            timestamp: from.timestamp,
            source: node(from.source)?,
            sequence: from.sequence,
            origin: node(from.origin)?,
            route,
        })
    }
}

fn body_of(message: &Message) -> Body {
    match message {
        Message::GetAll => Body::GetAll(proto::GetAll {}),
        Message::Hello { node } => Body::Hello(proto::Hello { node: number(*node), version: VERSION }),
        Message::HelloReply { node } => {
            Body::HelloReply(proto::HelloReply { node: number(*node), version: VERSION })
        }
        Message::PairState(state) => Body::PairState(proto::PairState {
            state: match state {
                PairState::Passive => 0,
                PairState::Active => 1,
                PairState::Suspended => 2,
            },
        }),
        Message::Poll => Body::Poll(proto::Poll {}),
        Message::Query { position, not_before, newest_max } => Body::Query(proto::Query {
            position: *position,
            not_before: *not_before,
            newest_max: *newest_max,
        }),
        Message::SetFilter { include, exclude } => {
            let all = |nets: &[IpNet]| nets.iter().map(write_network).collect();
            Body::SetFilter(proto::SetFilter { include: all(include), exclude: all(exclude) })
        }
        Message::Mappings { .. } | Message::Records { .. } => unreachable!("these carry mappings"),
    }
}

/// Numbers begin at 1, because a zero is not written at all.
fn number(node: NodeId) -> u32 {
    u32::try_from(node.index() + 1).expect("limits on input keep ids within 32 bits")
}

fn node(number: u32) -> Result<NodeId, String> {
    let index = number.checked_sub(1).ok_or("a node without a number")?;
    Ok(NodeId::new(index as usize))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    }
}

fn address(octets: &[u8]) -> Result<IpAddr, String> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Ok(IpAddr::from(four));
    }
    let six = <[u8; 16]>::try_from(octets).map_err(|_| format!("an address of {} bytes", octets.len()))?;
    Ok(IpAddr::from(six))
}

fn write_network(net: &IpNet) -> proto::Network {
    proto::Network { address: octets(net.addr()), prefix_length: u32::from(net.prefix_len()) }
}

fn network(from: &proto::Network) -> Result<IpNet, String> {
    let prefix = u8::try_from(from.prefix_length).map_err(|e| e.to_string())?;
    IpNet::new(address(&from.address)?, prefix).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec() -> Codec {
        let addresses = ["10.0.0.1", "10.0.0.2", "2001:db8::1"].map(|a| a.parse().expect("legal")).to_vec();
        Codec::new(addresses, vec!["corp\\alice".to_owned(), "corp\\bob".to_owned()])
    }

    fn mapping(address: usize, user: Option<usize>) -> Mapping {
        Mapping {
            address: AddressId::new(address),
            user: user.map(UserId::new),
            log_off: user.is_none(),
            timestamp: -5,
            source: NodeId::new(7),
            sequence: 1 << 63,
            origin: NodeId::new(3),
            route: Route::new().with(NodeId::new(3)).expect("room"),
        }
    }

    #[test]
    fn mappings_come_back_as_they_were_in_messages_of_the_asked_size() {
        let sent = [mapping(0, Some(0)), mapping(2, Some(1)), mapping(1, None)];
        let frame = codec().mappings(&sent, true, 2);
        assert_eq!((frame.messages(), frame.mappings()), (2, 3));
        let decoded = frame.memo();
        assert_eq!(*decoded.mappings, sent);
        assert_eq!(decoded.messages[1], Message::Mappings { full: true, count: 1 });
    }

    #[test]
    fn control_messages_come_back() {
        let net = |text: &str| text.parse().expect("legal");
        for message in [
            Message::Hello { node: NodeId::new(9) },
            Message::HelloReply { node: NodeId::new(0) },
            Message::SetFilter { include: vec![net("10.0.0.0/8")], exclude: vec![net("2001:db8::/32")] },
            Message::GetAll,
            Message::Poll,
            Message::Query { position: 12, not_before: -1, newest_max: 50_000 },
            Message::PairState(PairState::Suspended),
        ] {
            assert_eq!(codec().control(&message).memo().messages, [message]);
        }
        let empty = codec().records(&[], 4, 45);
        assert_eq!(empty.memo().messages, [Message::Records { next_position: 4, count: 0 }]);
    }

    #[test]
    fn what_a_mapping_weighs_does_not_depend_on_the_numbers_of_nodes() {
        let weight = |index: usize| {
            let route = Route::new().with(NodeId::new(index)).expect("room");
            let (source, origin) = (NodeId::new(index), NodeId::new(index));
            let moved = Mapping { source, origin, route, ..mapping(0, Some(0)) };
            codec().mappings(&[moved], false, 45).bytes().len()
        };
        assert_eq!(weight(0), weight(127));
        assert_eq!(weight(0), weight(1_000_000));
    }

    #[test]
    fn foreign_bytes_are_an_error_and_never_a_panic() {
        let good = codec().mappings(&[mapping(0, Some(0))], false, 45);
        for at in 0..good.bytes().len() {
            for flip in [1_u8, 0x80, 0xff] {
                let mut bytes = good.bytes().to_vec();
                bytes[at] ^= flip;
                let _ = codec().decode(&Bytes::from(bytes));
            }
            assert!(at == 0 || codec().decode(&good.bytes().slice(..at)).is_err());
        }
        let other = Codec::new(Vec::new(), Vec::new());
        assert!(other.decode(good.bytes()).unwrap_err().contains("unknown user"));
    }
}
