//! Randomness: the seed of a run, one named stream per (node or link, purpose), and the distributions.
//!
//! Knows spans. Must not know clocks, nodes or links: a stream is keyed by text, so that one more
//! node in the file does not shift another's draws.

mod distribution;
mod stream;

pub use distribution::{Distribution, Empirical};
pub use stream::{Seed, Stream};
