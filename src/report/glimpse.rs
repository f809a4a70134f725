//! A look into the past as text: a node's table, its sessions, or the story of one address.
//!
//! The table is laid out like PAN-OS's `show user ip-user-mapping all`, with the route that a real
//! firewall does not show.

mod story;
mod trace;

use super::words;
use crate::ids::{NodeId, UserId};
use crate::mapping::Mapping;
use crate::observe::Held;
use crate::roles::{Bar, EdgeState};
use crate::scenario::Scenario;
use crate::simulate::Glimpse;
use crate::topology::{Kind, Role};
use crate::units::{Instant, Span};

pub use story::print as story;
pub use trace::print as trace;

/// The node's entries, by address. Shape: text, one line an entry. Errors: none.
#[must_use]
pub fn table(scenario: &Scenario, glimpse: &Glimpse) -> String {
    let view = View { scenario, glimpse };
    let names = ["IP", "From", "User", "Age", "Timeout", "Origin", "Source#Number", "Route"];
    let mut held: Vec<&Held> = glimpse.past.table.values().collect();
    held.sort_by_key(|held| glimpse.workload.addresses[held.mapping.address.index()]);
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(held.iter().map(|held| view.entry(held)));
    let table = words::columns(rows, &[3, 4]);
    format!("{}\n\n{table}\nTotal: {} users\n", view.headline(), words::count(held.len() as u128))
}

/// The feeds into and out of the node. Shape: text, one line a feed. Errors: none.
#[must_use]
pub fn sessions(scenario: &Scenario, glimpse: &Glimpse) -> String {
    let view = View { scenario, glimpse };
    let node = glimpse.past.node;
    let side = |into: bool| {
        let edges = glimpse.past.edges.iter();
        let mut rows: Vec<Vec<String>> = edges
            .filter(|((from, to), _)| if into { *to == node } else { *from == node })
            .map(|((from, to), (state, since))| {
                let (word, gloss) = state_words(*state);
                vec![
                    view.name(if into { *from } else { *to }).to_owned(),
                    word.to_owned(),
                    format!("since {}", words::clock(*since, scenario.start)),
                    gloss.to_owned(),
                ]
            })
            .collect();
        if rows.is_empty() {
            rows.push(vec!["none".to_owned()]);
        }
        words::columns(rows, &[])
    };
    format!("{}\n\nFED BY\n{}\nFEEDS\n{}", view.headline(), side(true), side(false))
}

fn state_words(state: EdgeState) -> (&'static str, &'static str) {
    match state {
        EdgeState::Barred(Bar::Key) => {
            ("barred", "wanted, and refused: name, key, serial number or certificate")
        }
        EdgeState::Barred(Bar::Port) => ("barred", "wanted, and the port is blocked"),
        EdgeState::Down => ("down", "wanted, and not connected"),
        EdgeState::Idle => ("idle", "not wanted now"),
        EdgeState::Resyncing => ("resyncing", "connected, waits for its full table"),
        EdgeState::Up => ("up", "carries what is new"),
    }
}

/// What all three share: names, and the line on top.
#[derive(Clone, Copy)]
struct View<'a> {
    scenario: &'a Scenario,
    glimpse: &'a Glimpse,
}

impl View<'_> {
    fn name(&self, node: NodeId) -> &str {
        &self.scenario.topology.nodes[node.index()].name
    }

    fn user(&self, user: Option<UserId>) -> &str {
        user.map_or("nobody", |user| self.glimpse.workload.users[user.index()].as_str())
    }

    fn headline(&self) -> String {
        let past = &self.glimpse.past;
        let about = &self.scenario.topology.nodes[past.node.index()];
        let state = match (past.up, past.enforcing) {
            (false, _) => "down",
            (true, true) => "enforcing",
            (true, false) => "up",
        };
        format!(
            "{} ({}, {}) at {}: {state}",
            about.name,
            crate::topology::kind_name(about.kind),
            self.scenario.topology.sites[about.site.index()].name,
            words::clock(self.glimpse.at, self.scenario.start),
        )
    }

    /// How a firewall would call the way by which it learned an entry.
    fn origin_word(&self, held: &Held) -> &'static str {
        let Some(from) = held.from else { return "START" };
        match self.scenario.topology.nodes[from.index()].kind {
            Kind::CaptivePortal => "CP",
            Kind::Clients => "UIA",
            Kind::DomainController | Kind::EDirectory | Kind::ExchangeServer | Kind::SessionTable => "AD",
            Kind::Directory | Kind::TerminalServer => "UNKNOWN",
            Kind::GlobalProtectGateway => "GP",
            Kind::SyslogSender => "SYSLOG",
            Kind::AutomationEngine
            | Kind::CloudIdentityEngine
            | Kind::NacExport
            | Kind::RadiusServer
            | Kind::Source
            | Kind::XmlApiClient => "XMLAPI",
            Kind::Agent | Kind::Collector | Kind::Firewall | Kind::Hub | Kind::Panorama => "REDIST",
        }
    }

    fn entry(&self, held: &Held) -> Vec<String> {
        let mapping = &held.mapping;
        vec![
            self.glimpse.workload.addresses[mapping.address.index()].to_string(),
            self.origin_word(held).to_owned(),
            self.user(mapping.user).to_owned(),
            words::span(self.glimpse.at.since(held.applied).into()),
            self.remaining(held),
            self.name(mapping.origin).to_owned(),
            self.number(mapping.source, mapping.sequence),
            self.route(mapping),
        ]
    }

    fn remaining(&self, held: &Held) -> String {
        let Role::Point(settings) = &self.scenario.topology.nodes[self.glimpse.past.node.index()].role else {
            return String::new();
        };
        let passed: Span = self.glimpse.at.since(held.restarted);
        settings
            .timeout
            .map_or_else(|| "never".to_owned(), |timeout| words::span(timeout.less(passed).into()))
    }

    /// The identity of an update; what tables held at the start has no number.
    fn number(&self, source: NodeId, sequence: u64) -> String {
        if sequence >> 63 == 1 {
            format!("{}#start", self.name(source))
        } else {
            format!("{}#{sequence}", self.name(source))
        }
    }

    fn route(&self, mapping: &Mapping) -> String {
        let names: Vec<&str> = mapping.route.nodes().iter().map(|node| self.name(*node)).collect();
        names.join(" > ")
    }

    fn clock(&self, at: Instant) -> String {
        words::clock(at, self.scenario.start)
    }
}
