//! Nodes: what the machine hands in, and the outbox that takes what comes out.
//!
//! A node holds no clock, socket, queue or other node. The world empties the outbox after every call,
//! before it touches another node.

use std::sync::Arc;

use super::{Frame, Keepalive, Transport};
use crate::ids::{ConnId, NodeId};
use crate::units::Instant;

/// A participant of the simulated world.
pub trait Node: Sized {
    /// What a frame decodes to.
    type Memo;
    /// What the node tells the observers.
    type Note;
    /// What it may be woken for.
    type Timer: Copy;

    /// A connection was accepted, established, refused or closed.
    fn on_change(&mut self, now: Instant, conn: ConnId, change: Change, out: &mut Outbox<Self>);
    /// The processor has finished serving a frame.
    fn on_frame(
        &mut self,
        now: Instant,
        conn: ConnId,
        frame: &Arc<Frame<Self::Memo>>,
        out: &mut Outbox<Self>,
    );
    /// An operator or an accident acts on the node. After `Crash` it gets nothing more until `Restart`;
    /// its timers and connections are gone.
    fn on_order(&mut self, now: Instant, order: Order, out: &mut Outbox<Self>);
    /// The run begins.
    fn on_start(&mut self, now: Instant, out: &mut Outbox<Self>);
    /// A timer that the node armed has come.
    fn on_timer(&mut self, now: Instant, timer: Self::Timer, out: &mut Outbox<Self>);
}

/// What happened to a connection, seen from one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A peer dialled this node.
    Accepted {
        /// Who.
        from: NodeId,
        /// On which port.
        port: u16,
    },
    /// The connection ended; nothing more comes from it and nothing sent to it arrives.
    Closed(Why),
    /// This node's dial was answered.
    Established,
    /// This node's dial came to nothing.
    Failed(Why),
}

/// Why a connection ended or never began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// More waited in it than its bound.
    Backlog,
    /// The other side closed it.
    Closed,
    /// The other side gave no sign of life.
    Dead,
    /// The other node's name could not be looked up.
    NameUnknown,
    /// The route for services of one of the two nodes is down.
    NoRoute,
    /// The port is blocked on the way or at the other end.
    PortBlocked,
    /// The other side knows nothing of it: it has restarted.
    Reset,
    /// No answer in time: no way there, or the node is down.
    Unanswered,
}

/// What an operator or an accident does to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It stops at once.
    Crash {
        /// Whether what it had learnt survives.
        keeps_memory: bool,
    },
    /// Its connections to those that feed it are reset under it.
    Reset,
    /// It starts again.
    Restart,
    /// It takes part again after a suspension.
    Resume,
    /// It steps back by an operator's word.
    Suspend,
}

/// A connection to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dial {
    /// To whom.
    pub to: NodeId,
    /// To which port.
    pub port: u16,
    /// How frames are carried. UDP is established at once and never closes by itself.
    pub transport: Transport,
    /// How both ends notice that the other is gone.
    pub keepalive: Keepalive,
    /// Messages that may wait at one end, not yet wholly on the first line, before it is reset.
    pub backlog_messages_max: u32,
    /// How long the dial may go unanswered.
    pub timeout: crate::units::Span,
    /// Round trips after the first before it is established (TCP).
    pub handshake_round_trips: u32,
    /// Whether the name of the other node has to be looked up.
    pub by_name: bool,
    /// Whether it is sent and answered over the nodes' routes for services, which may be down (TCP).
    pub is_routed: bool,
}

impl Dial {
    /// A plain one over TCP: by address, over the routes for services, established after one round trip, with no bound on
    /// what may wait. What is otherwise is said beside it.
    #[must_use]
    pub const fn plain(to: NodeId, port: u16, keepalive: Keepalive, timeout: crate::units::Span) -> Self {
        Self {
            to,
            port,
            transport: Transport::Tcp,
            keepalive,
            backlog_messages_max: u32::MAX,
            timeout,
            handshake_round_trips: 0,
            by_name: false,
            is_routed: true,
        }
    }
}

/// One thing that a node wants done.
pub enum Command<N: Node> {
    /// Wake me.
    Arm {
        /// When.
        at: Instant,
        /// Whether everything else of that instant goes first.
        last: bool,
        /// What for.
        timer: N::Timer,
    },
    /// Bound what may wait at this end of a connection, instead of what the dialling node asked for.
    Bound {
        /// Which.
        conn: ConnId,
        /// Messages not yet wholly on the first line.
        messages_max: u32,
    },
    /// End a connection; the other side hears of it after the way's latency.
    Close {
        /// Which.
        conn: ConnId,
    },
    /// Open a connection.
    Dial {
        /// The id it will have.
        conn: ConnId,
        /// To where and how.
        dial: Dial,
    },
    /// Tell the observers.
    Note(N::Note),
    /// Send over a connection; waits for this node's processor first.
    Send {
        /// Which.
        conn: ConnId,
        /// What.
        frame: Arc<Frame<N::Memo>>,
    },
    /// Send over several connections, one after the other.
    Volley {
        /// Which, in order. Handing the same list again spares finding out anew what each is.
        conns: Arc<[ConnId]>,
        /// What.
        frame: Arc<Frame<N::Memo>>,
    },
}

/// When a node wants to be woken, whether after everything else of that instant, and for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alarm<T> {
    pub(super) at: Instant,
    pub(super) last: bool,
    pub(super) timer: T,
}

/// What a node wants done, in order.
pub struct Outbox<N: Node> {
    /// What was wanted before anything else, which most often is all that is wanted. Not among the commands, because to move
    /// one of those when it has just been written costs as much as to book it.
    pub(super) alarms: Vec<Alarm<N::Timer>>,
    pub(super) commands: Vec<Command<N>>,
    next_conn: usize,
}

impl<N: Node> Outbox<N> {
    /// An empty outbox.
    #[must_use]
    pub fn new() -> Self {
        Self { alarms: Vec::new(), commands: Vec::new(), next_conn: 0 }
    }

    /// Wakes the node at `at`.
    pub fn arm(&mut self, at: Instant, timer: N::Timer) {
        self.wake(Alarm { at, last: false, timer });
    }

    /// Wakes the node at `at`, after everything else of that instant.
    pub fn arm_last(&mut self, at: Instant, timer: N::Timer) {
        self.wake(Alarm { at, last: true, timer });
    }

    #[inline]
    fn wake(&mut self, alarm: Alarm<N::Timer>) {
        if self.commands.is_empty() {
            self.alarms.push(alarm);
        } else {
            let Alarm { at, last, timer } = alarm;
            self.commands.push(Command::Arm { at, last, timer });
        }
    }

    /// Bounds what may wait at this end of `conn`.
    pub fn bound(&mut self, conn: ConnId, messages_max: u32) {
        self.commands.push(Command::Bound { conn, messages_max });
    }

    /// Ends `conn`.
    pub fn close(&mut self, conn: ConnId) {
        self.commands.push(Command::Close { conn });
    }

    /// Opens a connection; its `Established` or `Failed` comes later.
    pub fn dial(&mut self, dial: Dial) -> ConnId {
        let conn = ConnId::new(self.next_conn);
        self.next_conn += 1;
        self.commands.push(Command::Dial { conn, dial });
        conn
    }

    /// Tells the observers.
    pub fn note(&mut self, note: N::Note) {
        self.commands.push(Command::Note(note));
    }

    /// Sends `frame` over `conn`. Silently nothing when the connection has ended at this side.
    pub fn send(&mut self, conn: ConnId, frame: Arc<Frame<N::Memo>>) {
        self.commands.push(Command::Send { conn, frame });
    }

    /// Sends `frame` over each of `conns`, in order: the same as that many sends. Where the receivers are carried
    /// outside the agenda it costs one record, whatever their number.
    pub fn volley(&mut self, conns: Arc<[ConnId]>, frame: Arc<Frame<N::Memo>>) {
        self.commands.push(Command::Volley { conns, frame });
    }

    /// Takes all commands out, in order.
    pub fn take(&mut self) -> Vec<Command<N>> {
        let alarms = self.alarms.drain(..).map(|Alarm { at, last, timer }| Command::Arm { at, last, timer });
        let mut all: Vec<Command<N>> = alarms.collect();
        all.append(&mut self.commands);
        all
    }

    /// Takes back an emptied list, so that its memory is used again.
    pub(super) fn give_back(&mut self, commands: Vec<Command<N>>) {
        assert!(commands.is_empty() && self.commands.is_empty(), "an outbox is drained whole");
        self.commands = commands;
    }
}

impl<N: Node> Default for Outbox<N> {
    fn default() -> Self {
        Self::new()
    }
}
