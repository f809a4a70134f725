//! Rulebook: policy made ready for a run: who is in which group, and which rule decides a flow.
//!
//! Knows users and addresses by id. Must not know tables: it is asked with what somebody believes.

use std::net::IpAddr;

use crate::ids::{AddressId, LabelId, SiteId, UserId};
use crate::random::Seed;
use crate::scenario::{AddressGroup, Group, Policy, Whom};
use crate::topology::names;
use crate::units::{Instant, Span};
use crate::workload::Workload;

/// What somebody believes of where a flow comes from.
pub(super) trait Belief {
    /// Who is there.
    fn user(&self) -> Option<UserId>;
    /// Whether the address has a tag.
    fn address_has(&self, tag: LabelId) -> bool;
    /// Whether a user has a tag.
    fn user_has(&self, user: UserId, tag: LabelId) -> bool;
    /// Whether a user is in a directory's group, by the group's position.
    fn lists(&self, group: usize, user: UserId) -> bool;
    /// When the user there last authenticated at a captive portal. Units: ns after the start, negative before it.
    fn authenticated_nanos(&self) -> Option<i128>;
}

/// Where a flow comes from, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    pub(super) address: AddressId,
    pub(super) site: SiteId,
    pub(super) at: Instant,
}

/// Whom one rule names.
#[derive(Debug)]
struct Named {
    known: bool,
    unknown: bool,
    users: Vec<bool>,
    /// Whether it names nobody, so that it fits everybody.
    anybody: bool,
}

/// The rules, with every name looked up.
#[derive(Debug)]
pub(super) struct Rulebook {
    policy: Policy,
    addresses: Vec<IpAddr>,
    /// Per group of a share or of names, its members.
    members: Vec<Vec<bool>>,
    named: Vec<Named>,
    /// The sum of the shares of all destinations.
    pub(super) weight: u64,
}

impl Rulebook {
    /// The rules of `policy` for the users of `workload`.
    pub(super) fn new(policy: &Policy, workload: &Workload, seed: Seed) -> Self {
        let all = |fits: &dyn Fn(&str) -> bool| workload.users.iter().map(|user| fits(user)).collect();
        let members = policy.groups.iter().map(|group| match group {
            Group::Share(name, share) => {
                all(&|user: &str| seed.stream(user, &format!("group {name}")).chance(*share))
            }
            Group::Directory { .. } | Group::Tag(_) => Vec::new(),
            Group::Users(patterns) => {
                all(&|user: &str| patterns.iter().any(|pattern| names::matches(pattern, user)))
            }
        });
        let named = policy.rules.iter().map(|rule| {
            let patterns = rule.users.iter().filter_map(|whom| match whom {
                Whom::Named(pattern) => Some(pattern),
                Whom::Known | Whom::Unknown => None,
            });
            let patterns: Vec<&String> = patterns.collect();
            let fits = |user: &str| patterns.iter().any(|pattern| names::matches(pattern, user));
            Named {
                known: rule.users.contains(&Whom::Known),
                unknown: rule.users.contains(&Whom::Unknown),
                users: if patterns.is_empty() { Vec::new() } else { all(&fits) },
                anybody: rule.users.is_empty() && rule.groups.is_empty(),
            }
        });
        Self {
            addresses: workload.addresses.clone(),
            members: members.collect(),
            named: named.collect(),
            weight: policy.traffic.iter().map(|(_, share)| u64::from(*share)).sum(),
            policy: policy.clone(),
        }
    }

    /// How many rules there are, the last one among them that denies what none fits.
    pub(super) fn len(&self) -> usize {
        self.policy.rules.len() + 1
    }

    /// Per destination, its share.
    pub(super) fn shares(&self) -> impl Iterator<Item = u64> {
        self.policy.traffic.iter().map(|(_, share)| u64::from(*share))
    }

    /// For how long an authentication counts, by each rule that asks for one.
    pub(super) fn authenticated_within(&self) -> impl Iterator<Item = Span> {
        self.policy.rules.iter().filter_map(|rule| rule.authenticated_within)
    }

    /// The rule that decides a flow to a destination, and whether it lets it through.
    pub(super) fn decide(&self, flow: Flow, to: usize, belief: &dyn Belief) -> (usize, bool) {
        let Flow { address, site, at } = flow;
        let ip = self.addresses[address.index()];
        let zone = |zone: &usize| {
            let zone = &self.policy.zones[*zone];
            zone.sites.contains(&site) || zone.networks.iter().any(|network| network.contains(&ip))
        };
        let address_group = |group: &usize| match &self.policy.address_groups[*group] {
            AddressGroup::Networks(networks) => networks.iter().any(|network| network.contains(&ip)),
            AddressGroup::Tag(tag) => belief.address_has(*tag),
        };
        let found = self.policy.rules.iter().enumerate().find(|(index, rule)| {
            (rule.from.is_empty() || rule.from.iter().any(zone))
                && (rule.to.is_empty() || rule.to.contains(&to))
                && (rule.address_groups.is_empty() || rule.address_groups.iter().any(address_group))
                && self.names(*index, &rule.groups, belief)
                && rule.authenticated_within.is_none_or(|within| {
                    let since = belief.authenticated_nanos();
                    since.is_some_and(|since| i128::from(at.nanos()) < since + i128::from(within.nanos()))
                })
        });
        found.map_or((self.policy.rules.len(), false), |(index, rule)| (index, rule.allows))
    }

    fn names(&self, rule: usize, groups: &[usize], belief: &dyn Belief) -> bool {
        let named = &self.named[rule];
        let Some(user) = belief.user() else { return named.anybody || named.unknown };
        let is_member = |group: &usize| match &self.policy.groups[*group] {
            Group::Directory { .. } => belief.lists(*group, user),
            Group::Tag(tag) => belief.user_has(user, *tag),
            Group::Share(..) | Group::Users(_) => self.members[*group][user.index()],
        };
        named.anybody
            || named.known
            || named.users.get(user.index()).copied().unwrap_or(false)
            || groups.iter().any(is_member)
    }
}
