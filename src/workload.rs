//! Workload: who sits where and when (the truth), and what the sources notice of it.
//!
//! Knows users, addresses, sites and sources by id. Must not know agents, sessions or firewalls.

mod spec;

pub use spec::{
    Arrivals, Event, Population, Replay, ReplayFormat, Service, SitePopulation, SourceReach, Spec, Stay,
    Storm, Truth, Update, WorkingDay, Workload,
};
