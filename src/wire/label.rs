//! Labels: what a frame holds, for those who do not read it.
//!
//! Knows which message carries mappings. Must not know bytes.

use super::Decoded;
use super::write::Carrier;
use crate::engine::Frame;

const NOTHING: u8 = 0;
const MAPPINGS: u8 = 1;
const FULL_TABLE: u8 = 2;

/// The label of what is carried so.
pub(super) fn of(carrier: Carrier) -> u8 {
    match carrier {
        Carrier::Mappings(false) => MAPPINGS,
        Carrier::Mappings(true) => FULL_TABLE,
        Carrier::Records(_) => NOTHING,
    }
}

/// Whether a frame is part of a full table.
#[must_use]
pub fn is_full_table(frame: &Frame<Decoded>) -> bool {
    frame.label() == FULL_TABLE
}

/// Whether a frame holds redistributed mappings.
#[must_use]
pub fn holds_mappings(frame: &Frame<Decoded>) -> bool {
    matches!(frame.label(), MAPPINGS | FULL_TABLE)
}
