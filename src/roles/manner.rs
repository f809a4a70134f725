//! Manner: how a source that speaks real texts does so.
//!
//! Knows batches and intervals. Must not know connections.

use crate::units::Span;
use crate::wire::Speech;

/// How a source speaks, how much at once, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Manner {
    /// The text.
    pub speech: Speech,
    /// Records told at once at most.
    pub batch: u32,
    /// How long a record waits for others to be told with it; zero: not at all.
    pub every: Span,
    /// Whether a table is exported.
    pub export: Option<Export>,
    /// What each login says of its lifetime at the learner: a span, or for ever. `None`: nothing.
    pub lifetime: Option<Option<Span>>,
    /// Round trips of a TLS handshake before a connection stands.
    pub tls_round_trips: u32,
}

/// A table that is exported: the newest user of each address, every `interval`, to all learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    /// From one export to the next; the first comes after one.
    pub interval: Span,
    /// How old a log-on may be that is exported.
    pub window: Span,
}
