//! Draft of the sources that speak real texts: syslog senders, XML API clients, NAC exports.
//!
//! Every key with its doc, default and range, and how sure the default is. Must not know how a text is made of it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::node::{KeepaliveDraft, ReconnectDraft};
use super::value::{At, Unit};
use crate::ports;
use crate::units::Span;

/// How messages are carried.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransportDraft {
    /// In order and retransmitted.
    Tcp,
    /// Lost when lost.
    Udp,
}

/// A sender of syslog lines. A line that no profile reads is not learned: it is counted as filtered, and the report says
/// so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct SyslogDraft {
    /// The learners it may send to, in order; over TCP the first that answers is used, over UDP the first.
    #[schemars(required, extend("minItems" = 1))]
    pub to: Option<Vec<At<String>>>,
    /// What stands before the message.
    #[schemars(extend("default" = "rfc3164"))]
    pub format: SyslogFormatDraft,
    /// The message of a login (or refresh), with `{address}` and `{user}` (`domain\user`) or `{account}` (the same with
    /// an underscore for every character that is no letter, digit or underscore).
    #[schemars(required)]
    pub login: Option<At<String>>,
    /// The message of a log-off. Default: none is sent, as from a product that tells logins alone.
    pub logout: Option<At<String>>,
    /// The parse profiles that its learner applies, in order; the first that finds its event decides.
    #[schemars(required, extend("minItems" = 1))]
    pub profiles: Option<Vec<At<String>>>,
    /// How its lines are carried. (documented) UDP 514, TLS 6514; TCP 514 at the Windows agent.
    #[schemars(extend("default" = "udp"))]
    pub transport: SyslogTransportDraft,
    /// The port it sends to. Default: (documented) 514, over TLS 6514. Range: 1 to 65535.
    #[schemars(extend("minimum" = 1, "maximum" = 65_535))]
    pub port: Option<At<u16>>,
    /// Round trips of the TLS handshake after the one of TCP (`transport: tls`): 2 for TLS 1.2 (documented, RFC 5246),
    /// 1 for TLS 1.3 (documented, RFC 8446). With the default a connection costs that of TCP alone. Range: 0 to 10.
    #[schemars(extend("default" = 0, "minimum" = 0, "maximum" = 10))]
    pub tls_round_trips: At<u32>,
    /// The longest line that its learner takes; longer ones are not learned. Units: bytes. (documented) 8,000 from 10.0
    /// on, 2,048 before. Range: 1 to 65536.
    #[schemars(extend("default" = 8_000, "minimum" = 1, "maximum" = 65_536))]
    pub line_bytes: At<u32>,
    /// Lines kept while no learner is connected (TCP, TLS); more are lost. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 1_000, "minimum" = 0, "maximum" = 1_000_000))]
    pub buffer_records: At<u32>,
    /// How it notices a dead learner (TCP, TLS).
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
}

/// What stands before a syslog message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyslogFormatDraft {
    /// The header of RFC 3164; the message must be a LEEF event.
    Leef,
    /// The header of RFC 3164.
    Rfc3164,
    /// The header of RFC 5424.
    Rfc5424,
}

/// How syslog lines are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyslogTransportDraft {
    /// In order and retransmitted.
    Tcp,
    /// As TCP, with `tls_round_trips` before a connection stands.
    Tls,
    /// Lost when lost.
    Udp,
}

/// A client of the XML API, which sends `uid-message` documents.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct XmlApiDraft {
    /// The learners it may send to, in order; the first that answers is used.
    #[schemars(required, extend("minItems" = 1))]
    pub to: Option<Vec<At<String>>>,
    /// The port it dials. (documented) 443 of a firewall or Panorama, 5006 of a Windows agent. Range: 1 to 65535.
    #[schemars(extend("default" = ports::XML_API, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// Round trips of the TLS handshake after the one of TCP: 2 for TLS 1.2 (documented, RFC 5246), 1 for TLS 1.3
    /// (documented, RFC 8446). With the default a connection costs the round trip of TCP alone. Range: 0 to 10.
    #[schemars(extend("default" = 0, "minimum" = 0, "maximum" = 10))]
    pub tls_round_trips: At<u32>,
    /// Minutes that each login lives where it is learned; 0: for ever. (documented) minutes, where tags count seconds.
    /// Nodes further on age it by their own timeouts. Default: the learner's own timeout. Range: 0 to 527040.
    #[schemars(extend("minimum" = 0, "maximum" = 527_040))]
    pub timeout: Option<At<u32>>,
    /// Entries of one document at most. (guess) Range: 1 to 10000.
    #[schemars(extend("default" = 1, "minimum" = 1, "maximum" = 10_000))]
    pub batch: At<u32>,
    /// How long a document waits for further entries; `0s`: not at all. (guess) Range: 0s to 1d.
    #[schemars(extend("default" = "0s", "x-maximum" = "1d"))]
    pub every: Unit<Span>,
    /// Entries kept while no learner is connected; more are lost. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 1_000, "minimum" = 0, "maximum" = 1_000_000))]
    pub buffer_records: At<u32>,
    /// How it notices a dead learner.
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
}

/// The script of a network access control: it reads a table of log-ons every few hours and sends the newest user of each
/// address to each of its learners. Log-offs are not in the table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct NacDraft {
    /// The learners that each export is sent to, all of them.
    #[schemars(required, extend("minItems" = 1))]
    pub to: Option<Vec<At<String>>>,
    /// From one export to the next; the first comes after one interval. (reported) four hours. Range: 1s to 30d.
    #[schemars(extend("default" = "4h", "x-minimum" = "1s", "x-maximum" = "30d"))]
    pub interval: Unit<Span>,
    /// How old a log-on may be that is exported. (reported) seven days. Range: 1s to 366d.
    #[schemars(extend("default" = "7d", "x-minimum" = "1s", "x-maximum" = "366d"))]
    pub window: Unit<Span>,
    /// Logins of one document at most. (reported) 100. Range: 1 to 10000.
    #[schemars(extend("default" = 100, "minimum" = 1, "maximum" = 10_000))]
    pub batch: At<u32>,
    /// The port it dials. (reported) 5006 of a Windows agent. Range: 1 to 65535.
    #[schemars(extend("default" = ports::XML_API_AGENT, "minimum" = 1, "maximum" = 65_535))]
    pub port: At<u16>,
    /// Minutes that each login lives where it is learned; 0: for ever. Default: the learner's own timeout, as in the
    /// script that this follows. Range: 0 to 527040.
    #[schemars(extend("minimum" = 0, "maximum" = 527_040))]
    pub timeout: Option<At<u32>>,
    /// Logins kept for a learner that is not connected; more are lost. (guess) Range: 0 to 1000000.
    #[schemars(extend("default" = 1_000, "minimum" = 0, "maximum" = 1_000_000))]
    pub buffer_records: At<u32>,
    /// How it notices a dead learner.
    #[schemars(extend("default" = {}))]
    pub keepalive: KeepaliveDraft,
    /// When it dials again.
    #[schemars(extend("default" = {}))]
    pub reconnect: ReconnectDraft,
}
