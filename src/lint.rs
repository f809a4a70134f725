//! Lint: known misconfigurations, found by looking at a scenario without running it.
//!
//! A rule looks at the graph of feeds, at ways over links or at the crowds behind sources and says what it sees;
//! `gather` makes concerns of that. Knows scenario and topology. Must not know the engine's insides or any finding of
//! a run, nor touch files.

mod about;
mod blocks;
mod capacity;
mod crowds;
mod data;
mod feeds;
mod gather;
mod groups;
mod hops;
mod joining;
mod json;
mod keepers;
mod lease;
mod limits;
mod listed;
mod loops;
mod networks;
mod pace;
mod pair;
mod ports;
mod probing;
mod reach;
mod readers;
mod sarif;
mod single;
mod speech;
mod starved;
mod text;
mod twice;
mod view;
mod ways;

pub use about::{About, about};
pub use gather::Concern;
pub use json::json;
pub use listed::{Counts, Linted};
pub use ports::blocked_by;
pub use sarif::sarif;
pub use text::{rules, summary, text};

use crate::scenario::Scenario;
use view::{Sayings, View};

/// What one rule, or a few that look at the same thing, see.
const LOOKS: [fn(&View<'_>, &mut Sayings); 19] = [
    twice::look,
    networks::look,
    single::look,
    hops::look,
    loops::look,
    lease::look,
    ports::look,
    joining::look,
    readers::look,
    pair::look,
    pace::look,
    capacity::look,
    data::look,
    reach::look,
    speech::look,
    keepers::look,
    probing::look,
    blocks::look,
    groups::look,
];

/// Every concern about `scenario`, allowed ones included, by place.
#[must_use]
pub fn lint(scenario: &Scenario) -> Vec<Concern> {
    let view = View::new(scenario);
    let mut sayings = Sayings::default();
    for look in LOOKS {
        look(&view, &mut sayings);
    }
    gather::gather(scenario, sayings)
}
