//! About: how bad each rule's subject is, what it means in a sentence, and what to do. `docs/lint.md` says more.

use crate::problem::Severity;
use crate::topology::Rule;

/// What is to be said of a rule wherever it speaks.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub says: &'static str,
    /// What to do.
    pub advice: &'static str,
}

/// What is to be said of `rule`.
#[must_use]
pub fn about(rule: Rule) -> About {
    use Severity::{Error, Note, Warning};
    let (severity, says, advice) = match rule {
        Rule::BlockMappingsStay => (
            Warning,
            "A terminal server's users are unknown behind the node that reads it, as blocks of ports are not redistributed.",
            "name the terminal server under `terminal_servers` of every firewall that its users' flows cross",
        ),
        Rule::BlockedPort => (
            Error,
            "A connection is dialled on a port that does not pass, so it never comes about.",
            "open the port at the node or link, or dial another one",
        ),
        Rule::CapacityBelowPopulation => (
            Warning,
            "A table holds fewer addresses than users may fill; what comes later is refused.",
            "raise `capacity`, choose a larger model, or limit what is told with `include`",
        ),
        Rule::CertificateExpires => (
            Warning,
            "From a date on two nodes with different certificates do not connect any more, once their session breaks.",
            "renew the certificate, or patch both ends, before it expires",
        ),
        Rule::DataplaneBelowScope => (
            Warning,
            "A dataplane holds fewer addresses than the management plane is told of; policy does not know the rest.",
            "raise `dataplane_capacity`, choose a larger model, or limit what is told with `include`",
        ),
        Rule::DualFeed => (
            Warning,
            "A node gets the same entries directly and through a node that redistributes them.",
            "keep one of the two upstreams, the one with fewer hops or the one that is shared",
        ),
        Rule::EmptySession => (
            Error,
            "A session carries no data type, so nothing comes over it.",
            "name at least one under `types`, or remove the session",
        ),
        Rule::FeedIntervalAboveTimeout => (
            Warning,
            "A table is exported less often than what it tells lives, so that entries are missing in between.",
            "raise the timeout of the learner and of the nodes behind it above the interval, or export more often",
        ),
        Rule::Ha1WithoutBackup => (
            Warning,
            "The members of a pair lose each other with one link, and then both are active.",
            "put both members at one site, or add a second way between theirs (HA1 backup)",
        ),
        Rule::IgnoreListWithoutEffect => (
            Warning,
            "Users are ignored where no record is read; an ignore list does not touch what upstreams tell.",
            "move the list to the agent or collector that reads the logs",
        ),
        Rule::InterimAboveTimeout => (
            Warning,
            "Entries end between two signs of life of a session that goes on, and their users are unknown until the next.",
            "shorten the interim interval, or raise the timeout above it",
        ),
        Rule::IntervalTooLong => (
            Warning,
            "One send tick gathers more messages than may wait in a session, which is then reset.",
            "shorten `announce.interval`, or raise `announce.backlog_messages`",
        ),
        Rule::KeyMismatch => (
            Error,
            "The two ends of a session differ in name, key or serial number, so that it never comes about.",
            "write the upstream's own `serial_number`, or its `collector_name` and `pre_shared_key`, at the client",
        ),
        Rule::LinkTooSlow => (
            Warning,
            "A link is slower than what its sessions carry at the peak, so that staleness grows without bound.",
            "widen the link, put a hub behind it, or limit what crosses it with `include`",
        ),
        Rule::LoginOnlyFeed => (
            Warning,
            "Sources notice log-ons only, so that every entry lingers for its whole timeout.",
            "add a source of log-offs (a logout profile, a portal), or shorten the timeout",
        ),
        Rule::NoPathFromSource => (
            Error,
            "No source leads to an enforcement point, so that all its users are unknown.",
            "give it an upstream that learns from a source, or logs to read",
        ),
        Rule::OnePeerNamed => (
            Warning,
            "A client follows one of two nodes that stand in for each other, and learns nothing while the other serves.",
            "name both: an HA pair by its own name, a second Panorama with `backup_of` the first",
        ),
        Rule::OverlappingNetworks => (
            Warning,
            "Lists divide addresses between upstreams, and yet some addresses come from two of them.",
            "let the `include` lists of one node's upstreams have no address in common",
        ),
        Rule::PlainTextSession => (
            Warning,
            "Users and addresses cross a link in clear text, where they can be read and forged.",
            "use a TLS port (syslog 6514, XML API 443, encrypted HA1), or put the learner at the source's site",
        ),
        Rule::PollingManyServers => (
            Warning,
            "An agent that is integrated in a firewall, collector or Panorama polls many domain controllers.",
            "let agents of their own read the controllers",
        ),
        Rule::ProbingOverload => (
            Warning,
            "An agent has more addresses to probe in an interval than it can ask.",
            "probe less often, from more agents, or not at all, as the vendor advises",
        ),
        Rule::ProfileWithoutEvent => (
            Error,
            "A syslog sender's own message is read by none of its parse profiles, so that nothing is learned of it.",
            "compare the profile's event, user and address with the message, character by character",
        ),
        Rule::QuarantineWithoutPanorama => (
            Error,
            "The quarantine list is asked of something that is no Panorama; only a Panorama redistributes it.",
            "take the list from a Panorama, or remove `quarantine` from the session's `types`",
        ),
        Rule::RedistributionLoop => (
            Warning,
            "Nodes feed each other in a circle, so that every entry comes back to where it was.",
            "remove the session that leads back, unless both directions are meant",
        ),
        Rule::SingleCollector => (
            Note,
            "Enforcement points learn nothing while one agent or collector is down.",
            "add a second member to the group, or a second agent that reads the same logs",
        ),
        Rule::SingleHub => (
            Note,
            "Enforcement points learn nothing while one redistributing node is down.",
            "add a second Panorama or hub, or an HA pair",
        ),
        Rule::SingleSource => (
            Note,
            "Enforcement points learn nothing while one source is down.",
            "add a second domain controller or portal that notices the same users",
        ),
        Rule::TagsOverOneHop => (
            Error,
            "Tags would cross a second hop, and are dropped there.",
            "take them from the node where they are registered, or let them be registered nearer",
        ),
        Rule::TimeoutAboveLease => (
            Note,
            "An entry may outlive its user's hold of the address, and stand for the next user until he is seen.",
            "keep the timeout below the time that an address rests (advice: half the DHCP lease)",
        ),
        Rule::TimeoutBelowRefreshGap => (
            Warning,
            "Entries end while their users are still there, as these are seen less often than that.",
            "raise the timeout above most gaps between refreshes",
        ),
        Rule::TooManyHops => (
            Error,
            "A mapping would cross more hops than are carried, and is dropped before it arrives.",
            "take hubs out of the chain, or connect its end nearer to the source",
        ),
        Rule::TooManyUpstreams => (
            Error,
            "A node follows more nodes than are supported.",
            "put hubs or agents between, each with a part of them",
        ),
        Rule::UnreadDirectory => (
            Warning,
            "A firewall judges flows by groups of a directory that it does not read, so that nobody is in them.",
            "name the directory under `group_mapping` of every firewall; group mappings are never redistributed",
        ),
        Rule::UnreadServer => (
            Warning,
            "Nobody reads a server's log; security logs do not replicate, so that what it notices is lost.",
            "name it under `reads` of an agent, a collector or a firewall",
        ),
        Rule::UnusedAllowance => (
            Warning,
            "An allowance under `lint:` allows nothing.",
            "remove it, or let `at` match a subject of the rule",
        ),
        Rule::UnusedNode => (
            Warning,
            "A node is on no way from a source to an enforcement point.",
            "remove it, or name it under `upstreams`, `reads` or `to`",
        ),
    };
    About { severity, says, advice }
}

/// Where more is said of `rule`, from the project's folder.
pub(super) fn link(rule: Rule) -> String {
    format!("docs/lint.md#{}", rule.id())
}
