//! Means: by what a run is made.
//!
//! Knows what may be asked of a run. Must not know how it is made.

use crate::units::Span;

/// Samples of a scanned fleet up to which each is recorded: some seconds' worth. Source: none, a choice.
const RECORDED_MAX: u64 = 200_000_000;

/// The same where little is asked for, and that fast. Source: none, a choice.
const RECORDED_BRIEFLY_MAX: u64 = 10_000_000;

/// By what means a run is made; none of them changes what is found, but for percentiles, and `is_brief` how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// Where enforcement points are computed.
    pub mode: Mode,
    /// How many threads scan lines; at least 1.
    pub threads: usize,
    /// Up to how many samples each is recorded; of more, percentiles are near ones (`Samples::is_near`).
    pub recorded_max: u64,
    /// Whether it is kept when the members of pairs enforced.
    pub timelines: bool,
    /// Whether all of each point is kept, its windows and near histograms too, and not only what a report without series says,
    /// which takes less memory by 64 bytes a window and some 8 kB a point where points are scanned.
    pub keeps_all: bool,
    /// In bins of which length it is kept, in the course of the run, how stale each point's updates were and how busy
    /// nodes and links were; zero: it is not.
    pub bin: Span,
    /// Whether only staleness, how updates ended, final tables and what nodes and links spent are asked for. Of points that are
    /// scanned nothing else is whole.
    pub is_brief: bool,
}

impl Means {
    /// One thread, and whatever is right for the scenario.
    pub const PLAIN: Self = Self {
        mode: Mode::Scanned,
        threads: 1,
        recorded_max: RECORDED_MAX,
        timelines: false,
        keeps_all: true,
        bin: Span::ZERO,
        is_brief: false,
    };

    /// The same, where only what is brief is asked for.
    pub const BRIEF: Self = Self { recorded_max: RECORDED_BRIEFLY_MAX, is_brief: true, ..Self::PLAIN };
}

/// Where enforcement points are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In the agenda, all of them.
    Followed,
    /// Outside the agenda wherever that is exact.
    Scanned,
}
