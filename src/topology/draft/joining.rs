//! Draft of what lets the two ends of a session know each other: names, keys, certificates, the handshake.
//!
//! Knows the keys that stand beside an upstream's. Must not know how two ends are compared.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::{At, Moment, Unit};

/// How a client names its upstream, and what it gives it to be let in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct JoiningDraft {
    /// The serial number by which it names the upstream, as Panorama and its firewalls may (documented); another than
    /// the upstream's is refused. Default: it names it by host and port.
    pub serial_number: Option<At<String>>,
    /// The collector name that it gives where it names the upstream by host and port (documented); another than the
    /// upstream's is refused. Default: none.
    pub collector_name: Option<At<String>>,
    /// The pre-shared key that it gives with the collector name (documented: at most 255 characters). Default: none.
    pub pre_shared_key: Option<At<String>>,
    /// Whether it names the upstream by host name, so that each dial needs DNS (see `dns_down`).
    #[schemars(extend("default" = false))]
    pub by_host_name: bool,
    /// Round trips of the TLS handshake after the one of TCP: 2 for TLS 1.2 (documented, RFC 5246), 1 for TLS 1.3
    /// (documented, RFC 8446). With the default a session costs the round trip of TCP alone. Range: 0 to 10.
    #[schemars(extend("default" = 0, "minimum" = 0, "maximum" = 10))]
    pub tls_round_trips: At<u32>,
    /// Another upstream of this node: this one is dialled only while the session to that one does not stand, as
    /// the second Panorama of a pair is. Default: none.
    pub backup_of: Option<At<String>>,
}

/// A certificate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct CertificateDraft {
    /// When it expires: a time of day or a span from the start. Default: not within any run.
    pub expires: Option<Unit<Moment>>,
    /// Whether also two nodes that both have it refuse each other once it has expired. (guess) The root certificate of
    /// 2023-12-31 parted patched from unpatched nodes (documented).
    #[schemars(extend("default" = false))]
    pub strict: bool,
}
