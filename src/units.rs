//! Units: points in virtual time, spans, byte counts, bit rates and ratios, and their text forms.
//!
//! Knows nothing else. A point and a distance are two types, so `now + now` does not compile.

mod data;
mod ratio;
mod text;
mod time;

pub use data::{BitRate, ByteCount};
pub use ratio::Ratio;
pub use text::UnitError;
pub use time::{Instant, Span};
