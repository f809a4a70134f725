//! Draft of `lint:`: which known misconfigurations are meant as they stand, and why.
//!
//! Knows the rules by name. Must not know what a rule looks for.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::At;

/// What `uidsim lint` is told; it changes nothing of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct LintDraft {
    /// Concerns that are meant as they stand.
    #[schemars(extend("default" = []))]
    pub allow: Vec<AllowDraft>,
}

/// One rule that is allowed, everywhere or at some subjects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct AllowDraft {
    /// The rule.
    #[schemars(required)]
    pub rule: Option<At<Rule>>,
    /// The subjects (a name or a glob) at which it is allowed. Default: everywhere.
    pub at: Option<At<String>>,
    /// Why it is meant so.
    #[schemars(required)]
    pub reason: Option<At<String>>,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        /// A known misconfiguration, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $id)] $name,)*
        }

        impl Rule {
            /// Every rule, by name.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in files and reports.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)*
                }
            }
        }
    };
}

rules! {
    /// A terminal server is read by a node whose clients do not learn its users.
    BlockMappingsStay = "block-mappings-stay",
    /// A port is closed at a node that is dialled on it, or on a link of the way there.
    BlockedPort = "blocked-port",
    /// A table holds fewer addresses than users may fill.
    CapacityBelowPopulation = "capacity-below-population",
    /// A session outlives a certificate that one of its ends has.
    CertificateExpires = "certificate-expires",
    /// A dataplane holds fewer addresses than users may fill.
    DataplaneBelowScope = "dataplane-below-scope",
    /// A node is fed by another and by one that is fed by that other.
    DualFeed = "dual-feed",
    /// A session carries no data type.
    EmptySession = "empty-session",
    /// A table is exported less often than its entries live.
    FeedIntervalAboveTimeout = "feed-interval-above-timeout",
    /// The members of a pair lose each other with one link.
    Ha1WithoutBackup = "ha1-without-backup",
    /// Users are ignored where no record is read.
    IgnoreListWithoutEffect = "ignore-list-without-effect",
    /// An entry ends between two signs of life of a session that goes on.
    InterimAboveTimeout = "interim-above-timeout",
    /// One send tick gathers more messages than may wait in a session.
    IntervalTooLong = "interval-too-long",
    /// The two ends of a session do not know each other.
    KeyMismatch = "key-mismatch",
    /// A link is slower than what its sessions carry at the peak.
    LinkTooSlow = "link-too-slow",
    /// No log-off is ever observed.
    LoginOnlyFeed = "login-only-feed",
    /// An enforcement point that no source reaches.
    NoPathFromSource = "no-path-from-source",
    /// A client follows one of two nodes that stand in for each other.
    OnePeerNamed = "one-peer-named",
    /// Two upstreams of one node deliver the same addresses although a list divides them.
    OverlappingNetworks = "overlapping-networks",
    /// What identifies users crosses a link in clear text.
    PlainTextSession = "plain-text-session",
    /// An integrated agent polls many domain controllers.
    PollingManyServers = "polling-many-servers",
    /// An agent cannot probe all its addresses within the interval.
    ProbingOverload = "probing-overload",
    /// No profile of a syslog sender reads its own message.
    ProfileWithoutEvent = "profile-without-event",
    /// The quarantine list is asked of something that is no Panorama.
    QuarantineWithoutPanorama = "quarantine-without-panorama",
    /// Nodes feed each other in a circle.
    RedistributionLoop = "redistribution-loop",
    /// Enforcement points depend on one agent or collector.
    SingleCollector = "single-collector",
    /// Enforcement points depend on one node that redistributes.
    SingleHub = "single-hub",
    /// Enforcement points depend on one source.
    SingleSource = "single-source",
    /// Tags would cross more than one hop.
    TagsOverOneHop = "tags-over-one-hop",
    /// An entry outlives the rest of an address between two users.
    TimeoutAboveLease = "timeout-above-lease",
    /// An entry ends before the user behind it is seen again.
    TimeoutBelowRefreshGap = "timeout-below-refresh-gap",
    /// A mapping would cross more hops than are carried.
    TooManyHops = "too-many-hops",
    /// A node follows more nodes than are supported.
    TooManyUpstreams = "too-many-upstreams",
    /// A firewall judges by groups of a directory that it does not read.
    UnreadDirectory = "unread-directory",
    /// A server of whose log nobody reads.
    UnreadServer = "unread-server",
    /// An allowance that allows nothing.
    UnusedAllowance = "unused-allowance",
    /// A node on no way from a source to an enforcement point.
    UnusedNode = "unused-node",
}
