//! The resolved topology: no text left to interpret, every reference an id.

use crate::engine::{LinkSettings, Processor};
use crate::ids::{NodeId, SiteId};
use crate::roles::{
    EngineSettings, Feed, Follows, LogSettings, PointSettings, Probed, PushSettings, SessionSettings,
};

/// What a node is called in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Windows User-ID agent.
    Agent,
    /// An automation engine, or another XML API client that registers tags.
    AutomationEngine,
    /// A captive portal.
    CaptivePortal,
    /// The computers that an agent probes.
    Clients,
    /// A cloud identity engine.
    CloudIdentityEngine,
    /// A member of a collector group.
    Collector,
    /// A domain controller; its security log is polled.
    DomainController,
    /// A directory, of which groups are read.
    Directory,
    /// An eDirectory server.
    EDirectory,
    /// An Exchange server.
    ExchangeServer,
    /// A firewall that enforces, alone or in a pair.
    Firewall,
    /// A GlobalProtect gateway.
    GlobalProtectGateway,
    /// A firewall or Log Collector that redistributes further and does not enforce.
    Hub,
    /// The script of a network access control that exports a table.
    NacExport,
    /// A Panorama.
    Panorama,
    /// A bridge from RADIUS accounting.
    RadiusServer,
    /// The open sessions of a domain controller or Exchange server.
    SessionTable,
    /// A generic source that pushes.
    Source,
    /// A sender of syslog lines.
    SyslogSender,
    /// A client of the XML API.
    XmlApiClient,
    /// A terminal server with its agent.
    TerminalServer,
}

impl Kind {
    /// Whether it tells who logs on, and has no user table of its own.
    #[must_use]
    pub fn is_source(self) -> bool {
        let has_table =
            matches!(self, Self::Agent | Self::Collector | Self::Firewall | Self::Hub | Self::Panorama);
        !has_table
            && !matches!(
                self,
                Self::AutomationEngine | Self::Clients | Self::Directory | Self::TerminalServer
            )
    }
}

/// What a node does.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// Registers tags.
    Engine(EngineSettings),
    /// Keeps a log that learners poll.
    Log(LogSettings),
    /// Runs the User-ID service.
    Point(PointSettings),
    /// Pushes records.
    Push(PushSettings),
}

/// A site: its nodes reach each other without a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its name.
    pub name: String,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The key of its random streams: its name, or the one it had before a rename.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub site: SiteId,
    /// Ports on which nothing reaches it.
    pub ports_blocked: Vec<u16>,
    /// What its processor spends.
    pub processor: Processor,
    /// What it does.
    pub role: Role,
}

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A single node; a link between two nodes carries all that the two say to each other.
    Node(NodeId),
    /// A site and all its nodes.
    Site(SiteId),
}

/// A link between two places.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// The key of its random streams: its name, or the one it had before a rename.
    pub key: String,
    /// Its ends; direction 0 leads from the first to the second.
    pub ends: [Place; 2],
    /// How it carries.
    pub settings: LinkSettings,
}

/// An HA pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub name: String,
    /// Its members, the preferred one first.
    pub members: [NodeId; 2],
}

/// The resolved topology.
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// In `SiteId` order.
    pub sites: Vec<Site>,
    /// In `NodeId` order: as declared, groups expanded in place.
    pub nodes: Vec<Node>,
    /// In `LinkId` order.
    pub links: Vec<Link>,
    /// In `SessionId` order: per client in declared order; HA feeds last.
    pub sessions: Vec<SessionSettings>,
    /// HA pairs.
    pub pairs: Vec<Pair>,
}

/// What a person calls a kind.
#[must_use]
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "agent",
        Kind::AutomationEngine => "automation engine",
        Kind::CaptivePortal => "captive portal",
        Kind::Clients => "probed clients",
        Kind::CloudIdentityEngine => "cloud identity engine",
        Kind::Collector => "collector",
        Kind::Directory => "directory",
        Kind::DomainController => "domain controller",
        Kind::EDirectory => "eDirectory server",
        Kind::ExchangeServer => "Exchange server",
        Kind::Firewall => "firewall",
        Kind::GlobalProtectGateway => "GlobalProtect gateway",
        Kind::Hub => "hub",
        Kind::NacExport => "NAC export",
        Kind::Panorama => "Panorama",
        Kind::RadiusServer => "RADIUS server",
        Kind::SessionTable => "list of sessions",
        Kind::Source => "pushing source",
        Kind::SyslogSender => "syslog sender",
        Kind::TerminalServer => "terminal server",
        Kind::XmlApiClient => "XML API client",
    }
}

impl Topology {
    /// Whether anything but IP-user mappings is registered or redistributed.
    #[must_use]
    pub fn carries_data(&self) -> bool {
        self.sessions.iter().any(|session| matches!(session.feed, Feed::Typed(_)))
            || self.nodes.iter().any(|node| matches!(node.role, Role::Engine(_)))
    }

    /// Every directory and terminal server, its port, what changes there and who reads it.
    pub fn ledgers(&self) -> impl Iterator<Item = (NodeId, u16, &Follows)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| match &node.role {
            Role::Log(log) => Some((NodeId::new(index), log.port, log.more.follows.as_ref()?)),
            Role::Engine(_) | Role::Point(_) | Role::Push(_) => None,
        })
    }

    /// The probed computers of every node that probes: they, the node, and how.
    pub fn probed(&self) -> impl Iterator<Item = (NodeId, NodeId, &Probed)> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(index, node)| match &node.role {
            Role::Push(push) => {
                Some((NodeId::new(index), *push.learners.first()?, push.more.probed.as_ref()?))
            }
            Role::Engine(_) | Role::Log(_) | Role::Point(_) => None,
        })
    }
}
