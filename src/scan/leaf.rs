//! Leaf: when the frames of its hub reached one enforcement point.
//!
//! Knows instants. Must not know what a frame holds.

use crate::engine::Way;
use crate::ids::NodeId;
use crate::units::Instant;

/// One frame at one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number among the frames that the hub sends its leaves.
    pub number: u32,
    /// When it was sent.
    pub sent: Instant,
    /// When its service ended.
    pub done: Instant,
    /// Its way until it arrived, and from then on.
    pub way: Way,
    /// Its way from then on.
    pub served: Way,
}

/// Leaves of one hub whose frames' arrivals are told together.
pub struct Batch<'a> {
    /// Who feeds them.
    pub hub: NodeId,
    /// Calls with each leaf, by its position in the cast, and with the frames that reached it, in order. Whether all
    /// could be carried exactly.
    #[expect(clippy::type_complexity, reason = "a name for it would hide what is called with what")]
    pub give: Box<dyn FnOnce(&mut dyn FnMut(usize, &[Heard])) -> bool + Send + 'a>,
}
