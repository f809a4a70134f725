//! Settings of automation engines and other XML API clients that register data.
//!
//! Knows what they register, when and where. Must not know how a datum travels.

use super::Reconnect;
use crate::engine::Keepalive;
use crate::ids::{LabelId, NodeId};
use crate::mapping::{DataType, DatumKey};
use crate::random::Distribution;
use crate::units::{Instant, Span};

/// What an automation engine registers when it hears of a threat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Whether it tags the address or the user.
    pub registers: DataType,
    /// With what.
    pub tag: LabelId,
    /// For how long; `None`: until it is taken back.
    pub timeout: Option<Span>,
    /// Whether it survives a restart.
    pub persistent: bool,
}

/// An automation engine, or any other XML API client that registers data.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineSettings {
    /// The nodes that it may register at, in order: the first that answers is used.
    pub to: Vec<NodeId>,
    /// The port it dials.
    pub port: u16,
    /// The port on which it is told of threats, over UDP.
    pub log_port: u16,
    /// The firewalls that tell it of threats.
    pub watches: Vec<NodeId>,
    /// From when it is told until it registers.
    pub delay: Distribution,
    /// What it registers then; `None`: it hears of no threat.
    pub reaction: Option<Reaction>,
    /// How far its clock is ahead. Units: nanoseconds, negative when behind.
    pub clock_offset_nanos: i64,
    /// What it keeps while no node answers; more is lost.
    pub buffer_max: u32,
    /// When it dials again.
    pub reconnect: Reconnect,
    /// How it notices a dead node.
    pub keepalive: Keepalive,
}

/// Something that an XML API client registers or takes back by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// When.
    pub at: Instant,
    /// What.
    pub key: DatumKey,
    /// Whether it is taken back.
    pub removed: bool,
    /// For how long; `None`: until it is taken back.
    pub timeout: Option<Span>,
    /// Whether it survives a restart.
    pub persistent: bool,
}
