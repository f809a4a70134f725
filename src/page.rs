//! The page: what a run, a check, a comparison or a plan found, as one HTML file that needs nothing else.
//!
//! Knows reports, findings, verdicts and plans; each part of the page is one file. Must not know files or terminals. What the
//! page holds is bounded: `bins` and `tables` say by which rules.

mod bins;
mod busy;
mod check;
mod compare;
mod curves;
mod document;
mod facts;
mod graph;
mod heat;
mod number;
mod plan;
mod run;
mod sites;
mod tables;
mod timelines;

pub use bins::length as bin;
pub use check::{Checked, print as check};
pub use compare::{Curved, print as compare};
pub use curves::Curves;
pub use plan::print as plan;
pub use run::{Whole, print as run};
