//! Captured frames as pcapng, for Wireshark and the like: packets of IPv4 with TCP or UDP, names of nodes beside them.
//!
//! Knows frames, ports and names. Frames are as the simulation carried them; addresses and headers are made up, since the
//! simulation counts headers and does not write them. Node n is 10.0.0.0 + n + 1.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::engine::Transport;
use crate::ids::{ConnId, NodeId};
use crate::observe::Captured;
use crate::scenario::Scenario;
use crate::topology::Role;

/// Raw packets, which begin with an IP header. Source: the registry of link types of tcpdump.org, LINKTYPE_RAW.
const LINK_TYPE: u16 = 101;
/// Bytes of a frame in one packet. Source: an Ethernet frame of 1500 bytes less IPv4 and TCP headers with options.
const SEGMENT_MAX: usize = 1_448;
/// The most that UDP can carry. Source: RFC 768 over IPv4.
const DATAGRAM_MAX: usize = 65_507;
/// The first of the ports that clients dial from. Source: RFC 6335, section 6.
const DYNAMIC_FIRST: u32 = 49_152;
const SECTION: u32 = 0x0A0D_0D0A;
const INTERFACE: u32 = 1;
const NAMES: u32 = 4;
const PACKET: u32 = 6;

/// The frames as one pcapng section; times are those of virtual zero's day at 1970-01-01. Shape: bytes. Errors: none.
#[must_use]
pub fn print(scenario: &Scenario, frames: &[Captured]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut body = Vec::new();
    body.extend(0x1A2B_3C4D_u32.to_le_bytes());
    body.extend([1, 0, 0, 0]);
    body.extend((-1_i64).to_le_bytes());
    option(&mut body, 4, concat!("uidsim ", env!("CARGO_PKG_VERSION")).as_bytes());
    option(&mut body, 0, &[]);
    block(&mut out, SECTION, &body);

    let mut body = Vec::new();
    body.extend(LINK_TYPE.to_le_bytes());
    body.extend([0; 6]);
    option(&mut body, 9, &[9]);
    option(&mut body, 0, &[]);
    block(&mut out, INTERFACE, &body);

    block(&mut out, NAMES, &names(scenario, frames));
    let sides = Sides::new(scenario);
    let mut sent: BTreeMap<(ConnId, NodeId), u32> = BTreeMap::new();
    for frame in frames {
        let (from, to) = frame.hop;
        let side = sides.of(from, to);
        let dynamic = DYNAMIC_FIRST + frame.conn.index() as u32 % (u32::from(u16::MAX) - DYNAMIC_FIRST);
        let dynamic = u16::try_from(dynamic).expect("below 65536");
        let ports = if side.from_serves { [side.port, dynamic] } else { [dynamic, side.port] };
        let nanos = scenario.start.nanos().saturating_add(frame.at.since_start().nanos());
        let is_stream = side.transport == Transport::Tcp;
        for part in frame.bytes.chunks(if is_stream { SEGMENT_MAX } else { DATAGRAM_MAX }) {
            let packet = if is_stream {
                let acknowledged = sent.get(&(frame.conn, to)).copied().unwrap_or(0);
                let sequence = sent.entry((frame.conn, from)).or_default();
                let header = tcp(ports, *sequence, acknowledged);
                *sequence = sequence.wrapping_add(u32::try_from(part.len()).expect("a segment is short"));
                ip(from, to, 6, &[&header, part])
            } else {
                ip(from, to, 17, &[&udp(ports, part.len()), part])
            };
            block(&mut out, PACKET, &enhanced(nanos, &packet));
        }
    }
    out
}

/// The address that stands for a node.
fn address(node: NodeId) -> Ipv4Addr {
    let number = u32::try_from(node.index()).expect("ids have 32 bits") + 1;
    Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 0)).wrapping_add(number))
}

/// Who listens, on which port, and how it is carried.
#[derive(Clone, Copy)]
struct Side {
    from_serves: bool,
    port: u16,
    transport: Transport,
}

struct Sides<'a> {
    scenario: &'a Scenario,
    sessions: BTreeMap<(NodeId, NodeId), u16>,
}

impl<'a> Sides<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let sessions = scenario.topology.sessions.iter();
        Self { scenario, sessions: sessions.map(|one| ((one.upstream, one.client), one.port)).collect() }
    }

    /// A session's upstream listens, and so does a log's source and the learner that is pushed to.
    fn of(&self, from: NodeId, to: NodeId) -> Side {
        let tcp = |from_serves, port| Side { from_serves, port, transport: Transport::Tcp };
        if let Some(port) = self.sessions.get(&(from, to)) {
            return tcp(true, *port);
        }
        if let Some(port) = self.sessions.get(&(to, from)) {
            return tcp(false, *port);
        }
        let role = |node: NodeId| &self.scenario.topology.nodes[node.index()].role;
        match (role(from), role(to)) {
            (Role::Log(log), _) => tcp(true, log.port),
            (_, Role::Log(log)) => tcp(false, log.port),
            (Role::Push(push), _) => Side { from_serves: false, port: push.port, transport: push.transport },
            (_, Role::Push(push)) => Side { from_serves: true, port: push.port, transport: push.transport },
            // Engines and who logs to them: the XML API.
            (Role::Engine(_) | Role::Point(_), Role::Engine(_) | Role::Point(_)) => tcp(false, 443),
        }
    }
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let length = u32::try_from(body.len().next_multiple_of(4) + 12).expect("a block is short");
    out.extend(kind.to_le_bytes());
    out.extend(length.to_le_bytes());
    padded(out, body);
    out.extend(length.to_le_bytes());
}

fn padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(bytes);
    out.resize(out.len() + bytes.len().next_multiple_of(4) - bytes.len(), 0);
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend(code.to_le_bytes());
    out.extend(u16::try_from(value.len()).expect("an option is short").to_le_bytes());
    padded(out, value);
}

/// A record for each node that takes part.
fn names(scenario: &Scenario, frames: &[Captured]) -> Vec<u8> {
    let mut nodes: Vec<NodeId> = frames.iter().flat_map(|frame| [frame.hop.0, frame.hop.1]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let mut body = Vec::new();
    for node in nodes {
        let name = &scenario.topology.nodes[node.index()].name;
        option(&mut body, 1, &[&address(node).octets(), name.as_bytes(), &[0]].concat());
    }
    option(&mut body, 0, &[]);
    body
}

fn enhanced(nanos: u64, packet: &[u8]) -> Vec<u8> {
    let length = u32::try_from(packet.len()).expect("a packet is short").to_le_bytes();
    let (high, low) = ((nanos >> 32) as u32, nanos as u32);
    let mut body = [[0; 4], high.to_le_bytes(), low.to_le_bytes(), length, length].concat();
    padded(&mut body, packet);
    body
}

fn ip(from: NodeId, to: NodeId, protocol: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = 20 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut header = vec![0x45, 0];
    header.extend(u16::try_from(length).expect("a packet is short").to_be_bytes());
    // No identification, do not fragment, 64 hops.
    header.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    header.extend(address(from).octets());
    header.extend(address(to).octets());
    let sum: u32 = header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    let checksum = !((folded & 0xFFFF) + (folded >> 16)) as u16;
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    parts.iter().for_each(|part| header.extend(*part));
    header
}

/// A header without a checksum, as a card that computes it leaves it.
fn tcp(ports: [u16; 2], sequence: u32, acknowledged: u32) -> Vec<u8> {
    let mut header = ports.map(u16::to_be_bytes).concat();
    header.extend(sequence.wrapping_add(1).to_be_bytes());
    header.extend(acknowledged.wrapping_add(1).to_be_bytes());
    // Five words; push and acknowledge; the whole window.
    header.extend([0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0]);
    header
}

fn udp(ports: [u16; 2], payload: usize) -> Vec<u8> {
    let mut header = ports.map(u16::to_be_bytes).concat();
    header.extend(u16::try_from(payload + 8).expect("a datagram is short").to_be_bytes());
    header.extend([0, 0]);
    header
}
