//! The codec: from ids to bytes and back. What crosses a link is what prost wrote here.

use std::borrow::Borrow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use ipnet::IpNet;
use prost::Message as _;

use super::names::Names;
use super::proto::{self, message::Body};
use super::write::{Carrier, Envelope, Layout, write};
use super::{Decoded, Message, PairState, data, label, registration};
use crate::engine::Frame;
use crate::ids::{AddressId, NodeId, UserId};
use crate::mapping::{Datum, Mapping, ROUTE_MAX, Route};

/// Protocol version that PAN-OS 10 shows. Source: pan-os-upgrade-assurance tests (documented).
const VERSION: u32 = 6;

/// Writes and reads frames. A frame that it has written can be read as long as it is there, or a clone; after that whoever reads
/// it panics. Cost: proportional to the bytes; each frame is written once and read once.
#[derive(Clone)]
pub struct Codec {
    names: Arc<Names>,
    /// Reads frames that were written here.
    reader: Arc<dyn Fn(&Bytes) -> Decoded + Send + Sync>,
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names.fmt(f)
    }
}

impl Codec {
    /// A codec for these addresses and users, in id order.
    #[must_use]
    pub fn new(addresses: &[IpAddr], users: &[String]) -> Self {
        Self::of(Names::new(addresses, users))
    }

    /// The same, which also knows these labels, in id order.
    #[must_use]
    pub fn with_labels(addresses: &[IpAddr], users: &[String], labels: &[String]) -> Self {
        let mut names = Names::new(addresses, users);
        names.labels = labels.to_vec();
        Self::of(names)
    }

    fn of(names: Names) -> Self {
        let names = Arc::new(names);
        let known = Arc::downgrade(&names);
        let reader = move |bytes: &Bytes| {
            let names = known.upgrade().expect("who reads a frame has a codec");
            names.decode(bytes).expect("what was encoded here decodes")
        };
        Self { names, reader: Arc::new(reader) }
    }

    /// The text of an address id.
    #[must_use]
    pub fn address(&self, id: AddressId) -> IpAddr {
        self.names.address(id)
    }

    /// The name of a user id.
    #[must_use]
    pub fn user(&self, id: UserId) -> &str {
        self.names.user(id)
    }

    /// The user of this name.
    #[must_use]
    pub(super) fn user_id(&self, name: &str) -> Option<UserId> {
        self.names.user_id(name.as_bytes())
    }

    /// The id of this address.
    #[must_use]
    pub(super) fn address_id(&self, address: IpAddr) -> Option<AddressId> {
        self.names.address_id(address)
    }

    /// A frame of one message that carries no mappings.
    #[must_use]
    pub fn control(&self, message: &Message) -> Arc<Frame<Decoded>> {
        let message = proto::Message { body: Some(self.body_of(message)) };
        Arc::new(self.frame(message.encode_length_delimited_to_vec(), 1, 0))
    }

    /// A frame of mappings, at most `per_message` in a message.
    #[must_use]
    pub fn mappings(&self, mappings: &[Mapping], full: bool, per_message: u32) -> Arc<Frame<Decoded>> {
        self.written(mappings, Envelope { by: None, carrier: Carrier::Mappings(full), per_message })
    }

    /// The same, of mappings that a node passes on: it stands at the end of their routes then.
    /// Panics where a route has crossed one hop more than may be crossed.
    #[must_use]
    pub fn passed_on<M: Borrow<Mapping>>(
        &self,
        mappings: &[M],
        by: NodeId,
        full: bool,
        per_message: u32,
    ) -> Arc<Frame<Decoded>> {
        self.written(mappings, passing(mappings, by, full, per_message))
    }

    /// The same, written only once somebody asks for its bytes. Cost: the mappings are kept until then.
    #[must_use]
    pub fn passed_on_later(
        &self,
        mappings: Vec<Mapping>,
        by: NodeId,
        full: bool,
        per_message: u32,
    ) -> Arc<Frame<Decoded>> {
        let envelope = passing(&mappings, by, full, per_message);
        let layout = Layout::new(&self.names, &mappings, envelope);
        let (length, messages, count) = (layout.length(), layout.messages(), count(mappings.len()));
        let names = self.names.clone();
        let text = Box::new(move || write(&names, &mappings, envelope, &layout).into());
        let frame = Frame::later((length, text), messages, count, self.reader.clone());
        Arc::new(frame.with_label(label::of(envelope.carrier)))
    }

    /// A frame of a source's records, at most `per_message` in a message.
    #[must_use]
    pub fn records(&self, records: &[Mapping], next_position: u64, per_message: u32) -> Arc<Frame<Decoded>> {
        self.written(records, Envelope { by: None, carrier: Carrier::Records(next_position), per_message })
    }

    /// A frame with which an XML API client registers one datum: a real `uid-message` where there is one for it.
    #[must_use]
    pub fn registration(&self, datum: &Datum) -> Arc<Frame<Decoded>> {
        match registration::write(&self.names, datum) {
            Some(bytes) => Arc::new(self.frame(bytes, 1, 1)),
            None => self.data(&[*datum], false, 1),
        }
    }

    /// A frame of data, at most `per_message` in a message.
    #[must_use]
    pub fn data(&self, data: &[Datum], full: bool, per_message: u32) -> Arc<Frame<Decoded>> {
        let (bytes, messages) = data::write(&self.names, data, full, per_message);
        Arc::new(self.frame(bytes, messages, data.len()))
    }

    fn written<M: Borrow<Mapping>>(&self, mappings: &[M], envelope: Envelope) -> Arc<Frame<Decoded>> {
        let layout = Layout::new(&self.names, mappings, envelope);
        let bytes = write(&self.names, mappings, envelope, &layout);
        let frame = self.frame(bytes, layout.messages(), mappings.len());
        Arc::new(frame.with_label(label::of(envelope.carrier)))
    }

    fn frame(&self, bytes: Vec<u8>, messages: u32, mappings: usize) -> Frame<Decoded> {
        Frame::new(bytes.into(), messages, count(mappings), self.reader.clone())
    }

    /// Reads a frame.
    ///
    /// Errors: what the bytes do not hold, as a sentence. Bytes from outside never panic here.
    pub fn decode(&self, bytes: &Bytes) -> Result<Decoded, String> {
        self.names.decode(bytes)
    }

    fn body_of(&self, message: &Message) -> Body {
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
            Message::Ask { position } => Body::Ask(proto::Ask { position: *position }),
            Message::Told { next_position } => Body::Told(proto::Told { next_position: *next_position }),
            Message::Probe { sequence } => Body::Probe(proto::Probe { sequence: *sequence }),
            Message::Query { position, not_before, newest_max, takes } => Body::Query(proto::Query {
                position: *position,
                not_before: *not_before,
                newest_max: *newest_max,
                takes: *takes,
            }),
            Message::SetFilter { include, exclude } => {
                let all = |nets: &[IpNet]| nets.iter().map(write_network).collect();
                Body::SetFilter(proto::SetFilter { include: all(include), exclude: all(exclude) })
            }
            Message::SetTypes(types) => Body::SetTypes(data::write_types(*types)),
            Message::Threat { number, address, user } => {
                Body::Threat(data::write_threat(&self.names, *number, *address, *user))
            }
            Message::Data { .. } | Message::Mappings { .. } | Message::Records { .. } => {
                unreachable!("these carry records")
            }
        }
    }
}

/// How a node passes mappings on. Panics where one has crossed too much.
fn passing<M: Borrow<Mapping>>(mappings: &[M], by: NodeId, full: bool, per_message: u32) -> Envelope {
    let has_room = |mapping: &M| mapping.borrow().route.nodes().len() <= ROUTE_MAX;
    assert!(mappings.iter().all(has_room), "what crossed too much is not applied");
    Envelope { by: Some(by), carrier: Carrier::Mappings(full), per_message }
}

fn count(mappings: usize) -> u32 {
    u32::try_from(mappings).expect("a frame has fewer than 2^32 mappings")
}

/// Numbers begin at 1, because a zero is not written at all.
pub(super) fn number(node: NodeId) -> u32 {
    u32::try_from(node.index() + 1).expect("limits on input keep ids within 32 bits")
}

pub(super) fn node(number: u32) -> Result<NodeId, String> {
    let index = number.checked_sub(1).ok_or("a node without a number")?;
    Ok(NodeId::new(index as usize))
}

pub(super) fn route(numbers: &[u32]) -> Result<Route, String> {
    let mut route = Route::new();
    for number in numbers {
        route = route.with(node(*number)?).ok_or("a route longer than any record may cross")?;
    }
    Ok(route)
}

pub(super) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    }
}

pub(super) fn address(octets: &[u8]) -> Result<IpAddr, String> {
    if let Ok(four) = <[u8; 4]>::try_from(octets) {
        return Ok(IpAddr::from(four));
    }
    let six = <[u8; 16]>::try_from(octets).map_err(|_| format!("an address of {} bytes", octets.len()))?;
    Ok(IpAddr::from(six))
}

fn write_network(net: &IpNet) -> proto::Network {
    proto::Network { address: octets(net.addr()), prefix_length: u32::from(net.prefix_len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec() -> Codec {
        let addresses = ["10.0.0.1", "10.0.0.2", "2001:db8::1"].map(|a| a.parse().expect("legal")).to_vec();
        Codec::new(&addresses, &["corp\\alice".to_owned(), "corp\\bob".to_owned(), "z".repeat(130)])
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
        let codec = codec();
        let frame = codec.mappings(&sent, true, 2);
        assert_eq!((frame.messages(), frame.mappings()), (2, 3));
        let decoded = frame.memo();
        assert_eq!(*decoded.mappings, sent);
        assert_eq!(decoded.messages[1], Message::Mappings { full: true, count: 1 });
    }

    /// What prost makes of the same mappings.
    fn by_prost(codec: &Codec, mappings: &[Mapping], carrier: Carrier, per_message: u32) -> Vec<u8> {
        let encode = |mapping: &Mapping| proto::Mapping {
            address: octets(codec.address(mapping.address)),
            user: mapping.user.map_or_else(String::new, |user| codec.user(user).to_owned()),
            log_off: mapping.log_off,
            timestamp: mapping.timestamp,
            source: number(mapping.source),
            sequence: mapping.sequence,
            origin: number(mapping.origin),
            route: mapping.route.nodes().iter().map(|node| number(*node)).collect(),
        };
        let body = |chunk: &[Mapping]| {
            let mappings = chunk.iter().map(encode).collect();
            match carrier {
                Carrier::Mappings(full) => Body::Mappings(proto::Mappings { mappings, full }),
                Carrier::Records(next_position) => {
                    Body::Records(proto::Records { records: mappings, next_position })
                }
            }
        };
        let empty = mappings.is_empty().then_some(mappings);
        let messages = mappings.chunks(per_message as usize).chain(empty);
        messages
            .flat_map(|chunk| proto::Message { body: Some(body(chunk)) }.encode_length_delimited_to_vec())
            .collect()
    }

    fn any_mapping(random: &mut crate::random::Stream) -> Mapping {
        let number = |random: &mut crate::random::Stream| match random.below(4) {
            0 => 0,
            1 => random.below(200),
            2 => random.below(1 << 20),
            _ => random.bits() >> 1,
        };
        let mut route = Route::new();
        for _ in 0..random.below(12) {
            route.push(NodeId::new(random.below(1 << 20) as usize));
        }
        Mapping {
            address: AddressId::new(random.below(3) as usize),
            user: (random.below(3) > 0).then(|| UserId::new(random.below(3) as usize)),
            log_off: random.below(2) == 0,
            timestamp: number(random) as i64 - number(random) as i64,
            source: NodeId::new(random.below(1 << 20) as usize),
            sequence: number(random) * 2,
            origin: NodeId::new(random.below(1 << 20) as usize),
            route,
        }
    }

    #[test]
    fn frames_are_those_that_prost_writes_and_reads() {
        let codec = codec();
        let mut random = crate::random::Seed(9).stream("codec", "mappings");
        for _ in 0..2_000 {
            let mut mappings: Vec<Mapping> = (0..random.below(9)).map(|_| any_mapping(&mut random)).collect();
            let by = (random.below(2) == 0).then(|| NodeId::new(random.below(1 << 20) as usize));
            mappings.retain(|mapping| by.is_none() || mapping.route.nodes().len() <= ROUTE_MAX);
            let carrier = match random.below(2) {
                0 => Carrier::Mappings(random.below(2) == 0),
                _ => Carrier::Records(random.below(3) << random.below(60)),
            };
            let per_message = 1 + random.below(4) as u32;
            let envelope = Envelope { by, carrier, per_message };
            let layout = Layout::new(&codec.names, &mappings, envelope);
            let mut bytes = write(&codec.names, &mappings, envelope, &layout);
            assert_eq!((bytes.len(), bytes.capacity()), (layout.length(), layout.length()));
            let frame = codec.written(&mappings, envelope);
            assert_eq!(
                (frame.bytes(), frame.mappings()),
                (&Bytes::from(bytes.clone()), mappings.len() as u32)
            );
            if let (Some(by), Carrier::Mappings(full)) = (by, carrier) {
                let later = codec.passed_on_later(mappings.clone(), by, full, per_message);
                let about = |frame: &Frame<Decoded>| {
                    (frame.length(), frame.messages(), frame.mappings(), frame.label())
                };
                assert_eq!(about(&later), about(&frame));
                assert_eq!(later.bytes(), frame.bytes());
            }
            let passed_on = |by| mappings.iter_mut().all(|mapping| mapping.route.push(by));
            assert!(by.is_none_or(passed_on), "there is room");
            assert_eq!(bytes, by_prost(&codec, &mappings, carrier, per_message));
            assert_eq!(frame.messages() as usize, mappings.len().div_ceil(per_message as usize).max(1));
            assert_eq!(*codec.decode(&Bytes::from(bytes.clone())).expect("legal").mappings, mappings);
            let told = |message: &Message| match message {
                Message::Mappings { full, .. } => (true, *full),
                _ => (false, false),
            };
            let labelled = (label::holds_mappings(&frame), label::is_full_table(&frame));
            assert!(frame.memo().messages.iter().all(|message| told(message) == labelled));
            // Whatever becomes of the bytes, what is read quickly is what prost reads.
            for _ in 0..random.below(4) {
                let at = random.below(bytes.len() as u64) as usize;
                bytes[at] = random.bits() as u8;
            }
            bytes
                .truncate(bytes.len() - random.below(2) as usize * random.below(bytes.len() as u64) as usize);
            let bytes = Bytes::from(bytes);
            assert_eq!(codec.decode(&bytes), codec.names.decode_by(&bytes, |_, _| None));
        }
    }

    #[test]
    fn control_messages_come_back() {
        let codec = codec();
        let net = |text: &str| text.parse().expect("legal");
        for message in [
            Message::Hello { node: NodeId::new(9) },
            Message::HelloReply { node: NodeId::new(0) },
            Message::SetFilter { include: vec![net("10.0.0.0/8")], exclude: vec![net("2001:db8::/32")] },
            Message::GetAll,
            Message::Poll,
            Message::Probe { sequence: 1 << 40 },
            Message::Ask { position: 7 },
            Message::Told { next_position: 9 },
            Message::Query { position: 12, not_before: -1, newest_max: 50_000, takes: 5 },
            Message::PairState(PairState::Suspended),
        ] {
            assert_eq!(codec.control(&message).memo().messages, [message]);
        }
        let empty = codec.records(&[], 4, 45);
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
        let other = Codec::new(&[], &[]);
        assert!(other.decode(good.bytes()).unwrap_err().contains("unknown user"));
    }
}
