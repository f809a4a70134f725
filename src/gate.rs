//! The gate: whether a report holds what its file expects.
//!
//! Knows reports and expectations. Must not know files, exit codes or how anything was measured.

mod judge;

pub use judge::judge;
