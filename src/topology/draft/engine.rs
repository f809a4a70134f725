//! Draft of automation engines, and of every other XML API client that registers tags or lists.
//!
//! Every key with its doc, default and range, and how sure the default is. Must not know when a reaction comes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::distribution::DistributionDraft;
use super::node::{KeepaliveDraft, ReconnectDraft};
use super::value::{Address, At, Moment, Offset, Unit};
use crate::ports;
use crate::units::Span;

/// A data type of a redistribution session. (documented) PAN-OS 10.0 and later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataTypeDraft {
    /// HIP reports.
    Hip,
    /// Tags of addresses.
    IpTag,
    /// IP-user mappings; authentication time stamps travel with them.
    IpUser,
    /// The quarantine list, which only a Panorama redistributes.
    Quarantine,
    /// Tags of users.
    UserTag,
}

/// Something that hears of threats, or has a schedule, and registers tags over the XML API of a node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct EngineDraft {
    /// The nodes that it may register at, in order; the first that answers is used. A collector group or an HA pair
    /// stands for its members.
    #[schemars(required, extend("minItems" = 1))]
    pub to: Option<Vec<At<String>>>,
    /// The port it dials. (documented) XML API. Range: 1 to 65535.
    #[schemars(extend("default" = ports::XML_API, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// The port on which firewalls tell it of threats. (documented) syslog over UDP. Range: 1 to 65535.
    #[schemars(extend("default" = ports::SYSLOG, "minimum" = 1, "maximum" = 65_535))]
    pub log_port: At<u16>,
    /// The firewalls and pairs that tell it of threats; globs allowed.
    #[schemars(extend("default" = ["*"]))]
    pub watches: Vec<At<String>>,
    /// From when it is told of a threat until it registers. (guess) no figure is published.
    #[schemars(extend("default" = "2s"))]
    pub delay: DistributionDraft,
    /// What it registers when it is told of a threat. Default: nothing.
    pub reaction: Option<ReactionDraft>,
    /// What it registers, or takes back, by itself.
    #[schemars(extend("default" = []))]
    pub schedule: Vec<RegistrationDraft>,
    /// How far its clock is ahead; negative when behind. Range: -1d to 1d.
    #[schemars(extend("default" = "0s", "x-maximum" = "1d"))]
    pub clock_offset: Unit<Offset>,
    /// Registrations kept while no node answers; more are lost. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 1_000, "minimum" = 0, "maximum" = 1_000_000))]
    pub buffer_records: At<u32>,
    /// How it notices a dead node.
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
}

/// What an engine registers when it is told of a threat.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ReactionDraft {
    /// Whether it tags the address, or the user whom the firewall's table names there.
    #[schemars(extend("default" = "ip_tag"))]
    pub registers: TaggedDraft,
    /// The tag. It blocks whom it is given to at every firewall that has it.
    #[schemars(extend("default" = "quarantine"))]
    pub tag: At<String>,
    /// For how long; whole seconds in the real interface. (documented) at most 30 days. Default: until it is taken back.
    /// Range: 1s to 30d.
    #[schemars(extend("x-minimum" = "1s", "x-maximum" = "30d"))]
    pub timeout: Option<Unit<Span>>,
    /// Whether the tag survives a restart of a node. (documented) `persistent` of the XML API.
    #[schemars(extend("default" = false))]
    pub persistent: bool,
}

/// What a tag is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaggedDraft {
    /// The address.
    IpTag,
    /// The user.
    UserTag,
}

/// Something registered at a stated instant: `ip` or `user` with `tag`, or `host` (a HIP report), or `device` (the
/// quarantine list).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct RegistrationDraft {
    /// When: a time of day or a span from the start.
    #[schemars(required)]
    pub at: Option<Unit<Moment>>,
    /// The address that is tagged.
    pub ip: Option<Unit<Address>>,
    /// The user who is tagged.
    pub user: Option<At<String>>,
    /// The tag.
    pub tag: Option<At<String>>,
    /// The host whose HIP report this is.
    pub host: Option<At<String>>,
    /// The device that is put on the quarantine list.
    pub device: Option<At<String>>,
    /// Whether it is taken back instead.
    #[schemars(extend("default" = false))]
    pub unregister: bool,
    /// For how long. Default: until it is taken back. Range: 1s to 30d.
    #[schemars(extend("x-minimum" = "1s", "x-maximum" = "30d"))]
    pub timeout: Option<Unit<Span>>,
    /// Whether it survives a restart of a node.
    #[schemars(extend("default" = false))]
    pub persistent: bool,
}
