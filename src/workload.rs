//! Workload: who sits where and when (the truth), and what the sources notice of it.
//!
//! Knows users, addresses, sites and sources by id. Must not know agents, sessions or firewalls.

mod addresses;
mod arrivals;
mod generate;
mod leases;
mod population;
mod sightings;
mod spec;
mod visits;

pub use generate::{EVENTS_MAX, generate};
pub use spec::{
    Arrivals, Event, Population, Replay, ReplayFormat, Service, SitePopulation, SourceReach, Spec, Stay,
    Storm, Truth, Update, WorkingDay, Workload,
};
