//! Moments: everything that happens, as it happens, for those who watch.

use std::sync::Arc;

use super::{Frame, Node};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::{Instant, Span};

/// One frame on its way to one receiver; unique in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlightId(pub u64);

/// Where the time of a delivered frame went, from the instant it was sent until it was served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Waiting for a processor or a line.
    pub queue: Span,
    /// Served by processors.
    pub process: Span,
    /// Bytes over rate.
    pub transmit: Span,
    /// Latency, jitter, and in-order waiting behind a jittered frame.
    pub propagate: Span,
    /// Retransmission, in-order waiting behind one, and waiting for a link that is down.
    pub recover: Span,
}

impl Way {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Span {
        self.queue + self.process + self.transmit + self.propagate + self.recover
    }
}

/// Why a frame did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its sender or receiver crashed.
    Crash,
    /// The way loses it: loss, a link that is down, or a connection that ended under it.
    Loss,
    /// The port is blocked.
    Port,
    /// A full queue dropped it, or its connection was reset for its backlog.
    Queue,
}

/// Something that happened. Order within an instant is the order of happening.
pub enum Moment<'a, N: Node> {
    /// A processor has finished serving a frame; the node's reaction follows.
    Delivered {
        /// Which.
        flight: FlightId,
        /// Over which connection.
        conn: ConnId,
        /// From whom.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// What. Nobody can read it where it has a label and its receiver may be carried outside the agenda.
        frame: &'a Arc<Frame<N::Memo>>,
        /// Where the time since it was sent went, until it arrived at the receiver's processor.
        way: Way,
        /// Where the time went from there on: waiting for the receiver's processor and its service.
        served: Way,
    },
    /// A frame will not arrive.
    Dropped {
        /// Which.
        flight: FlightId,
        /// From whom.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// What; as of one that is delivered.
        frame: &'a Arc<Frame<N::Memo>>,
        /// Why.
        cause: Cause,
    },
    /// A booked fault begins; its effects are already in place.
    FaultBegins {
        /// Its position among the booked faults.
        fault: usize,
    },
    /// A booked fault ends; its effects are already undone.
    FaultEnds {
        /// Its position among the booked faults.
        fault: usize,
    },
    /// A link went down or came up.
    LinkChanged {
        /// Which.
        link: LinkId,
        /// Whether it carries now.
        up: bool,
    },
    /// A node stopped.
    NodeDown {
        /// Which.
        node: NodeId,
        /// Whether what it had learnt survives.
        keeps_memory: bool,
    },
    /// A node started again; its reaction follows.
    NodeUp {
        /// Which.
        node: NodeId,
    },
    /// A node tells something.
    Note {
        /// Which.
        node: NodeId,
        /// What.
        note: &'a N::Note,
    },
    /// A node handed a frame to a connection.
    Sent {
        /// Its flight from now on.
        flight: FlightId,
        /// Over which connection.
        conn: ConnId,
        /// From whom.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// What.
        frame: &'a Arc<Frame<N::Memo>>,
    },
    /// A node handed a frame to connections that are carried outside the agenda; once a frame. To whom, and when
    /// it reaches each, the lanes tell after the run.
    Volley {
        /// From whom.
        from: NodeId,
        /// Its number among those of the same sender.
        number: u32,
        /// What.
        frame: &'a Arc<Frame<N::Memo>>,
    },
}

/// Somebody who watches; nodes never see it, and it never sees nodes.
pub trait Observer<N: Node> {
    /// Something happened at `at`; never earlier than the moment before.
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, N>);
}
