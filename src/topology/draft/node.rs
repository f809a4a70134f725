//! Draft of the cast: sources, agents, collector groups, Panoramas, hubs, firewalls, HA pairs.
//!
//! Every key with its doc, default and range, and how sure the default is: (documented) by the vendor,
//! (reported) by users, or a (guess) where nothing is published. Must not know how a group expands.

use schemars::JsonSchema;
use serde::Deserialize;

use super::pair::HighAvailability;
use super::speaker::{NacDraft, SyslogDraft, TransportDraft, XmlApiDraft};
use super::value::{At, Both, Lifetime, NetworkText, Offset, Table, Unit};
use crate::ports;
use crate::roles::Phase;
use crate::units::Span;

use super::distribution::DistributionDraft;
use super::engine::{DataTypeDraft, EngineDraft};
use super::joining::JoiningDraft;
use super::keeper::{Gateway, Portal, Radius};
use super::ledger::{Directory, GroupMappingDraft, TerminalServer};
use super::probing::ProbingDraft;
use super::server::{CloudEngine, EDirectory, Exchange, Log, ReadDraft};
pub use super::timers::{KeepaliveDraft, ReconnectDraft};
use super::vsys::VirtualSystems;

/// Where a node stands and how busy it can be. A name with `{n}` and a `count` is a group of nodes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Standing {
    /// The site it stands at; may contain `{n}`. Required unless `at_each` says where.
    pub site: Option<At<String>>,
    /// One node (or `count` nodes) at every site that matches this name or glob; `{site}` in the node's
    /// name and references stands for the site's name, `{1}` for what the glob's first star stands for there, and so
    /// on. Default: none.
    pub at_each: Option<At<String>>,
    /// How many nodes of this kind; the name must contain `{n}`, which counts from 1. Range: 1 to 200000.
    #[schemars(extend("minimum" = 1, "maximum" = 200_000))]
    pub count: Option<At<u64>>,
    /// The name it had before a rename, with the same placeholders as the new one; what is random about it, and its
    /// numbers in a baseline, stay as they were under that name.
    pub was: Option<At<String>>,
    /// Ports on which nothing reaches this node. Range: 1 to 65535.
    #[schemars(extend("default" = [], "items" = {"type": "integer", "minimum": 1, "maximum": 65_535}))]
    pub blocked_ports: Vec<At<u16>>,
    /// What the node's one processor spends.
    #[schemars(extend("default" = {}))]
    pub processor: ProcessorDraft,
}

/// What a node's one processor (first come, first served) spends. (guess): no update rate is published.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ProcessorDraft {
    /// For each message received. (guess)
    #[schemars(extend("default" = "100us"))]
    pub per_message: DistributionDraft,
    /// For each mapping received. (guess)
    #[schemars(extend("default" = "10us"))]
    pub per_mapping: DistributionDraft,
    /// For each message sent to each receiver; `0s` sends at once, without waiting for the processor. (guess)
    #[schemars(extend("default" = "50us"))]
    pub per_send: DistributionDraft,
}

/// What a source hears of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Reach {
    /// The sites (names or globs) whose log-ons it notices.
    #[schemars(extend("default" = ["*"], "minItems" = 1))]
    pub hears: Vec<At<String>>,
    /// Its share of a site's events, relative to the other sources of the site. Range: 1 to 1000.
    #[schemars(extend("default" = 1, "minimum" = 1, "maximum" = 1_000))]
    pub weight: At<u32>,
    /// How far its clock is ahead; negative when behind. Range: -1d to 1d.
    #[schemars(extend("default" = "0s", "x-maximum" = "1d"))]
    pub clock_offset: Unit<Offset>,
}

/// A source that pushes what it notices at once: XML API, syslog, a portal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Push {
    /// The learners it may push to, in order; a collector group stands for its members. Over TCP the
    /// first that answers is used, over UDP the first.
    #[schemars(required, extend("minItems" = 1))]
    pub to: Option<Vec<At<String>>>,
    /// How its messages are carried.
    #[schemars(extend("default" = "tcp"))]
    pub transport: TransportDraft,
    /// The port it dials. (documented) XML API; syslog over UDP is 514. Range: 1 to 65535.
    #[schemars(extend("default" = ports::XML_API, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// Records kept while no learner is connected (TCP); more are lost. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 1_000, "minimum" = 0, "maximum" = 1_000_000))]
    pub buffer_records: At<u32>,
    /// How it notices a dead learner (TCP).
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
}

/// Which of two mappings of an address wins.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictDraft {
    /// Whatever arrives last.
    Arrival,
    /// The newest timestamp.
    Newest,
}

/// Everything that has a user table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Point {
    /// How long an entry lives without a refresh, or `never`. (documented) 45 min; every node ages by its own
    /// timeout. Range: 1s to 366d.
    #[schemars(extend("default" = "45m", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub timeout: Unit<Lifetime>,
    /// Addresses that the table holds; more are refused. (documented) management plane of VM-Series: 524,288;
    /// data plane 64,000 or 512,000. Range: 1 to 100000000.
    #[schemars(extend("default" = 524_288, "minimum" = 1, "maximum" = 100_000_000))]
    pub capacity: At<u64>,
    /// Addresses that a firewall's dataplane holds; policy does not know who is behind any more. (documented) VM-Series:
    /// 64,000 or 512,000. Default: as many as the management plane's table. Range: 1 to 100000000.
    #[schemars(extend("minimum" = 1, "maximum" = 100_000_000))]
    pub dataplane_capacity: Option<At<u64>>,
    /// Which of two mappings of an address wins. (guess) the rule is not published.
    #[schemars(extend("default" = "newest"))]
    pub conflict: ConflictDraft,
    /// Whether an identical version that arrives again restarts the entry's timer. (guess)
    #[schemars(extend("default" = true))]
    pub resync_restarts_timer: bool,
    /// Users whose records are ignored where this node is the first learner; `*` stands for any text.
    /// (documented) has no effect on redistributed entries.
    #[schemars(extend("default" = []))]
    pub ignore_users: Vec<At<String>>,
    /// Domain controllers whose logs it polls.
    #[schemars(extend("default" = []))]
    pub reads: Vec<ReadDraft>,
    /// Directories that it reads groups of, for itself: group mappings are never redistributed (documented).
    #[schemars(extend("default" = []))]
    pub group_mapping: Vec<GroupMappingDraft>,
    /// Terminal servers whose agents it reads, for itself: blocks of ports are not redistributed (documented).
    #[schemars(extend("default" = []))]
    pub terminal_servers: Vec<At<String>>,
    /// Asks who is logged on behind the addresses that it has learned. Default: off, as the vendor advises (documented).
    pub probing: Option<ProbingDraft>,
    /// Nodes that it receives entries from; a collector group or an HA pair stands for its members.
    #[schemars(extend("default" = []))]
    pub upstreams: Vec<Both<UpstreamDraft, JoiningDraft>>,
    /// Sending to its clients.
    #[schemars(extend("default" = {}))]
    pub announce: AnnounceDraft,
    /// How it notices a dead peer.
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
    /// Its serial number; may contain `{n}` or `{site}`. Default: none.
    pub serial_number: Option<At<String>>,
    /// The collector name of its redistribution service, which clients that name it by host and port must give.
    /// Default: none.
    pub collector_name: Option<At<String>>,
    /// The pre-shared key of its redistribution service. Default: none.
    pub pre_shared_key: Option<At<String>>,
    /// Its certificate, of those under `certificates`; both ends of a session must have one for it to be checked.
    /// Default: none.
    pub certificate: Option<At<String>>,
    /// Of a Panorama: the other one of its HA pair, which serves User-ID too (documented: enable it on both). It
    /// changes nothing of a run; clients name both (`backup_of`), which `uidsim lint` looks for. Default: none.
    pub ha_peer: Option<At<String>>,
    /// Ports that this firewall's policy does not let through on links that name it under `through`; what is
    /// dialled at itself passes (see `blocked_ports`). Range: 1 to 65535.
    #[schemars(extend("default" = [], "items" = {"type": "integer", "minimum": 1, "maximum": 65_535}))]
    pub denied_ports: Vec<At<u16>>,
    /// Networks whose users cross this firewall, which bounds what is compared here; empty: all.
    #[schemars(extend("default" = []))]
    pub scope: Vec<Unit<NetworkText>>,
}

/// One upstream; a plain name is its `from`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "from"))]
pub struct UpstreamDraft {
    /// The node, group or pair; a glob stands for all that match.
    #[schemars(required)]
    pub from: Option<At<String>>,
    /// The data types that the session carries: ip_user, ip_tag, user_tag, hip, quarantine. (documented) at least one;
    /// tags cross one hop; the quarantine list comes from a Panorama only.
    #[schemars(extend("default" = ["ip_user"]))]
    pub types: Vec<DataTypeDraft>,
    /// Whether the upstream pushes at its tick or this node polls.
    #[schemars(extend("default" = "push"))]
    pub mode: ModeDraft,
    /// From the end of one answer to the next question, when polling. (reported) 2 s. Range: 1ms to 1d.
    #[schemars(extend("default" = "2s", "x-minimum" = "1ms", "x-maximum" = "1d"))]
    pub interval: Unit<Span>,
    /// A send tick of this session's own: a span, or `drawn`. Default: the upstream's tick.
    #[schemars(extend("x-maximum" = "1d"))]
    pub phase: Option<Unit<Phase>>,
    /// Only these networks; empty: all.
    #[schemars(extend("default" = []))]
    pub include: Vec<Unit<NetworkText>>,
    /// Not these networks.
    #[schemars(extend("default" = []))]
    pub exclude: Vec<Unit<NetworkText>>,
    /// The port it dials. (documented) 5007. Range: 1 to 65535.
    #[schemars(extend("default" = ports::REDISTRIBUTION, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
}

/// How a session's deltas come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeDraft {
    /// The client asks.
    Poll,
    /// The upstream sends at its tick.
    Push,
}

/// Sending to clients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AnnounceDraft {
    /// The send tick, shared by all clients; `0s` sends at once. (reported) 2 s. Range: 0s to 1d.
    #[schemars(extend("default" = "2s", "x-maximum" = "1d"))]
    pub interval: Unit<Span>,
    /// Where the ticks lie: a span, or `drawn` from the interval.
    #[schemars(extend("default" = "drawn", "x-maximum" = "1d"))]
    pub phase: Unit<Phase>,
    /// Whether of several updates of one address in a tick only the last is sent.
    #[schemars(extend("default" = false))]
    pub coalesce: bool,
    /// Mappings in one message. (documented) 45, derived from a sample. Range: 1 to 10000.
    #[schemars(extend("default" = 45, "minimum" = 1, "maximum" = 10_000))]
    pub mappings_per_message: At<u32>,
    /// Messages that may wait in one session before it is reset and resyncs. (guess) Range: 1 to 10000000.
    #[schemars(extend("default" = 100_000, "minimum" = 1, "maximum" = 10_000_000))]
    pub backlog_messages: At<u32>,
}

/// A collector group: the first living member reads what is assigned to the group.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Group {
    /// Its members, the first one preferred. (documented) at most 16 Log Collectors in a group; here 1 to 64.
    #[schemars(required, extend("minItems" = 1, "maxItems" = 64))]
    pub members: Option<Vec<MemberDraft>>,
}

/// A member of a group or pair; a plain name is its `name`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-short" = "name"))]
pub struct MemberDraft {
    /// Its name.
    #[schemars(required)]
    pub name: Option<At<String>>,
    /// The name it had before a rename.
    pub was: Option<At<String>>,
    /// The site it stands at. Default: the group's.
    pub site: Option<At<String>>,
}

/// What all nodes of a kind have unless they say otherwise; `points` is for every kind with a user table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend("x-partial" = true))]
pub struct Defaults {
    /// Agents, collectors, Panoramas, hubs, firewalls and pairs; the kind's own defaults go before these.
    pub points: Option<Both<Standing, Point>>,
    /// Domain controllers.
    pub domain_controllers: Option<Both<Standing, Both<Log, Reach>>>,
    /// Sources that push.
    pub sources: Option<Both<Standing, Both<Push, Reach>>>,
    /// Syslog senders.
    pub syslog_senders: Option<Both<Standing, Both<SyslogDraft, Reach>>>,
    /// XML API clients.
    pub xml_api_clients: Option<Both<Standing, Both<XmlApiDraft, Reach>>>,
    /// NAC exports.
    pub nac_exports: Option<Both<Standing, Both<NacDraft, Reach>>>,
    /// Agents.
    pub agents: Option<Both<Standing, Point>>,
    /// Collector groups.
    pub collector_groups: Option<Both<Standing, Both<Group, Point>>>,
    /// Panoramas.
    pub panoramas: Option<Both<Standing, Point>>,
    /// Hubs.
    pub hubs: Option<Both<Standing, Point>>,
    /// Firewalls.
    pub firewalls: Option<Both<Standing, Both<VirtualSystems, Point>>>,
    /// HA pairs.
    pub ha_pairs: Option<Both<Standing, Both<HighAvailability, Point>>>,
    /// Exchange servers.
    pub exchange_servers: Option<Both<Standing, Both<Exchange, Reach>>>,
    /// eDirectory servers.
    pub edirectories: Option<Both<Standing, Both<EDirectory, Reach>>>,
    /// Cloud identity engines.
    pub cloud_identity_engines: Option<Both<Standing, Both<CloudEngine, Reach>>>,
    /// Bridges from RADIUS accounting.
    pub radius_servers: Option<Both<Standing, Both<Push, Both<Radius, Reach>>>>,
    /// GlobalProtect gateways.
    pub globalprotect_gateways: Option<Both<Standing, Both<Push, Both<Gateway, Reach>>>>,
    /// Captive portals.
    pub captive_portals: Option<Both<Standing, Both<Push, Both<Portal, Reach>>>>,
    /// Directories.
    pub directories: Option<Both<Standing, Directory>>,
    /// Terminal servers.
    pub terminal_servers: Option<Both<Standing, TerminalServer>>,
    /// Links.
    pub links: Option<super::network::LinkDraft>,
}

/// The sections that hold nodes, in the order in which nodes are numbered.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Cast {
    /// Domain controllers, whose security logs learners poll.
    #[schemars(extend("default" = {}))]
    pub domain_controllers: Table<Both<Standing, Both<Log, Reach>>>,
    /// Sources that push: XML API, syslog, portals.
    #[schemars(extend("default" = {}))]
    pub sources: Table<Both<Standing, Both<Push, Reach>>>,
    /// Senders of syslog lines, which learners read through parse profiles.
    #[schemars(extend("default" = {}))]
    pub syslog_senders: Table<Both<Standing, Both<SyslogDraft, Reach>>>,
    /// Clients of the XML API, which send `uid-message` documents.
    #[schemars(extend("default" = {}))]
    pub xml_api_clients: Table<Both<Standing, Both<XmlApiDraft, Reach>>>,
    /// Scripts of a network access control, which export a table every few hours.
    #[schemars(extend("default" = {}))]
    pub nac_exports: Table<Both<Standing, Both<NacDraft, Reach>>>,
    /// User-ID agents.
    #[schemars(extend("default" = {}))]
    pub agents: Table<Both<Standing, Point>>,
    /// Collector groups; the first living member of a group reads what the group reads.
    #[schemars(extend("default" = {}))]
    pub collector_groups: Table<Both<Standing, Both<Group, Point>>>,
    /// Panoramas.
    #[schemars(extend("default" = {}))]
    pub panoramas: Table<Both<Standing, Point>>,
    /// Firewalls and Log Collectors that redistribute further and enforce nothing.
    #[schemars(extend("default" = {}))]
    pub hubs: Table<Both<Standing, Point>>,
    /// Firewalls that enforce, each a row of the report. They too may redistribute further.
    #[schemars(extend("default" = {}))]
    pub firewalls: Table<Both<Standing, Both<VirtualSystems, Point>>>,
    /// Pairs of firewalls, active/passive or active/active.
    #[schemars(extend("default" = {}))]
    pub ha_pairs: Table<Both<Standing, Both<HighAvailability, Point>>>,
    /// Automation engines, and other XML API clients that register tags.
    #[schemars(extend("default" = {}))]
    pub automation_engines: Table<Both<Standing, EngineDraft>>,
    /// Exchange servers, whose logs of mailbox log-ons learners poll.
    #[schemars(extend("default" = {}))]
    pub exchange_servers: Table<Both<Standing, Both<Exchange, Reach>>>,
    /// eDirectory servers, queried over LDAP.
    #[schemars(extend("default" = {}))]
    pub edirectories: Table<Both<Standing, Both<EDirectory, Reach>>>,
    /// Cloud identity engines, which a Panorama or firewalls ask over HTTPS.
    #[schemars(extend("default" = {}))]
    pub cloud_identity_engines: Table<Both<Standing, Both<CloudEngine, Reach>>>,
    /// Bridges from RADIUS accounting, which push Start, interim updates and Stop.
    #[schemars(extend("default" = {}))]
    pub radius_servers: Table<Both<Standing, Both<Push, Both<Radius, Reach>>>>,
    /// GlobalProtect gateways; the firewall that a gateway runs on is its learner.
    #[schemars(extend("default" = {}))]
    pub globalprotect_gateways: Table<Both<Standing, Both<Push, Both<Gateway, Reach>>>>,
    /// Captive portals; the firewall that a portal runs on is its learner.
    #[schemars(extend("default" = {}))]
    pub captive_portals: Table<Both<Standing, Both<Push, Both<Portal, Reach>>>>,
    /// Directories, of which groups are read.
    #[schemars(extend("default" = {}))]
    pub directories: Table<Both<Standing, Directory>>,
    /// Terminal servers, whose users share an address and have blocks of its ports.
    #[schemars(extend("default" = {}))]
    pub terminal_servers: Table<Both<Standing, TerminalServer>>,
}
