//! Workload: who sits where and when (the truth), and what the sources notice of it.
//!
//! Knows users, addresses, sites and sources by id. Must not know agents, sessions or firewalls.

mod addresses;
mod arrivals;
mod evidence;
mod exports;
mod generate;
mod keepers;
#[cfg(test)]
mod laws;
mod leases;
mod ledger;
mod membership;
mod population;
mod probes;
mod replay;
mod replay_csv;
mod replay_syslog;
mod replay_truth;
mod replay_uid_message;
mod replay_userid;
mod replay_windows;
mod sightings;
mod spec;
mod telling;
mod threats;
mod update;
mod visits;

pub use evidence::{LOG_LINE_BYTES_MAX, LOG_LINES_MAX};
pub use exports::exported;
pub use generate::{EVENTS_MAX, generate};
pub use ledger::{BlockUse, Ledger, LedgerSpec, ledger};
pub use membership::{GroupChange, Membership, membership};
pub use probes::{Rounds, probe};
pub use spec::{
    Arrivals, Population, Replay, ReplayFormat, Service, SitePopulation, SourceReach, Spec, Stay, Storm,
    SyslogReplay, Truth, WorkingDay, Workload,
};
pub use telling::{Classes, Telling};
pub use threats::{Threat, ThreatSpec, When, threats};
pub use update::{Event, Update};
