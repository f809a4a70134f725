//! More: what only some sources do, and how settings are written into a scenario's hash.
//!
//! What is not used is not written, so that the hash of a file goes on when something is added here.

use std::fmt;

use super::{LogSettings, Phase, Read};
use crate::ids::NodeId;
use crate::random::Distribution;
use crate::units::Span;
use crate::workload::{LedgerSpec, Telling};

/// What only some logs do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogMore {
    /// What each record in an answer adds to the query's time.
    pub per_record: Span,
    /// Whether a query is held until there is something to tell.
    pub holds: bool,
    /// By what rule it tells of stays.
    pub telling: Telling,
    /// The numbered changes that it keeps instead of records, and who reads them.
    pub follows: Option<Follows>,
}

/// A directory's or terminal server's changes and their readers.
#[derive(Clone, Debug, PartialEq)]
pub struct Follows {
    /// What changes.
    pub spec: LedgerSpec,
    /// Who reads it: from an answer to the next question, and when first.
    pub readers: Vec<(NodeId, Span, Phase)>,
}

/// What only some pushing sources do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PushMore {
    /// By what rule it tells of stays.
    pub telling: Telling,
    /// The computers that its one learner probes: it tells what it is asked.
    pub probed: Option<Probed>,
}

/// How the computers behind addresses are probed.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// From one probe of an address to the next.
    pub interval: Span,
    /// The port that is probed.
    pub port: u16,
    /// Until a computer with a user has answered.
    pub answer: Distribution,
    /// Until an address without a user is taken for such.
    pub no_answer: Span,
    /// Questions that may be open at once.
    pub at_once: u32,
}

impl fmt::Debug for LogSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = f.debug_struct("LogSettings");
        written
            .field("log_lag", &self.log_lag)
            .field("query_time", &self.query_time)
            .field("clock_offset_nanos", &self.clock_offset_nanos)
            .field("port", &self.port);
        if self.more != LogMore::default() {
            written.field("more", &self.more);
        }
        written.finish()
    }
}

impl fmt::Debug for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = f.debug_struct("Read");
        written
            .field("source", &self.source)
            .field("interval", &self.interval)
            .field("phase", &self.phase)
            .field("history_records_max", &self.history_records_max)
            .field("standby_after", &self.standby_after);
        if self.takes.is_some() {
            written.field("takes", &self.takes);
        }
        written.finish()
    }
}
