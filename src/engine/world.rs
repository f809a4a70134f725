//! The world: nodes, links and what is to happen. One event, one node, one full drain of its outbox.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agenda::{Agenda, Rank};
use super::conn::Conn;
use super::host::Workbench;
use super::node::Alarm;
use super::pipe::Pipe;
use super::plan::{BookedFault, HostPlan, LinkPlan, Plan};
use super::route::Router;
use super::volley::Salvo;
use super::{Change, Command, FlightId, Frame, Lane, Load, Moment, Node, Observer, Outbox, Way, Why};
use crate::ids::{ConnId, LinkId, NodeId};
use crate::units::{Instant, Span};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Something happened that is not carried outside the agenda; the run is to be done again with nobody scanned.
    Abandoned,
    /// The pulse said no.
    Cancelled,
    /// Nothing more is due by the end.
    Completed,
    /// The event budget is used up.
    EventsUsedUp,
}

/// Slots of flights are kept in 32 bits, so that an event and its place in the order fit into 32 bytes.
pub(super) enum Event<T> {
    /// A frame leaves the pipe it is in, or reaches its receiver.
    Arrive {
        slot: u32,
        flight: FlightId,
        pass: u32,
    },
    /// A dialled node has answered.
    Answered {
        conn: ConnId,
    },
    /// One side hears that the connection is over.
    Closed {
        conn: ConnId,
        side: usize,
        why: Why,
    },
    /// A side may have to give the other up.
    Dead {
        conn: ConnId,
        side: usize,
    },
    /// The sender's processor is done with a frame.
    Depart {
        slot: u32,
        flight: FlightId,
        node: NodeId,
        epoch: u32,
    },
    /// A dial has gone unanswered.
    Failed {
        conn: ConnId,
        why: Why,
    },
    FaultBegins(usize),
    FaultEnds(usize),
    /// A dial reaches the dialled node.
    Reach {
        conn: ConnId,
    },
    /// What was held while a link was down is retransmitted.
    Resume {
        link: LinkId,
        direction: usize,
    },
    /// The receiver's processor is done with a frame.
    Serve {
        slot: u32,
        flight: FlightId,
        node: NodeId,
        epoch: u32,
    },
    Timer {
        node: NodeId,
        epoch: u32,
        timer: T,
    },
    /// The sender's processor is done with the last frame of a volley.
    VolleyDone {
        node: NodeId,
        epoch: u32,
    },
}

const _: () = assert!(size_of::<Option<Event<u64>>>() <= 24, "an event lies in half a cache line");

/// Where a flight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Waiting for a link that is down.
    Held,
    /// In a pipe; the number is its order of entry there.
    Inside(u64),
    /// Waiting for the sender's processor.
    Queued,
    /// At the receiver's processor.
    Waiting,
}

pub(super) struct Flight<M> {
    pub(super) id: FlightId,
    pub(super) conn: ConnId,
    pub(super) side: usize,
    pub(super) frame: Arc<Frame<M>>,
    pub(super) spot: Spot,
    pub(super) hop: usize,
    pub(super) pass: u32,
    pub(super) lost: bool,
    pub(super) entered: Instant,
    /// When it is wholly on its first line.
    pub(super) cleared: Instant,
    pub(super) way: Way,
    /// The way up to the entry into the present pipe.
    pub(super) way_before: Way,
    pub(super) served: Way,
}

pub(super) struct Host<N> {
    pub(super) node: N,
    pub(super) bench: Workbench,
    pub(super) ports_blocked: Vec<u16>,
    /// Reasons for which it is down.
    pub(super) down: u32,
    /// Faults for which it cannot look up names, and for which nothing routed leaves it.
    pub(super) nameless: u32,
    pub(super) unrouted: u32,
    /// Suspensions in force.
    pub(super) suspended: u32,
    /// Counts its crashes; what was booked before one is void after it.
    pub(super) epoch: u32,
    /// From when on what volleys bring it may be carried outside the agenda.
    pub(super) scanned_from: Option<Instant>,
    /// Whether its processor is with its lane.
    pub(super) is_away: bool,
}

/// The simulated world.
pub struct World<N: Node> {
    pub(super) hosts: Vec<Host<N>>,
    pub(super) pipes: Vec<[Pipe; 2]>,
    pub(super) router: Router,
    pub(super) conns: Vec<Conn>,
    pub(super) open: BTreeSet<ConnId>,
    pub(super) flights: Vec<Option<Flight<N::Memo>>>,
    pub(super) free: Vec<usize>,
    pub(super) flights_made: u64,
    pub(super) agenda: Agenda<Event<N::Timer>>,
    pub(super) faults: Vec<BookedFault>,
    outbox: Outbox<N>,
    pub(super) measure_from: Instant,
    pub(super) events: u64,
    pub(super) frame_deliveries: u64,
    pub(super) mapping_deliveries: u64,
    /// What each node has sent in volleys.
    pub(super) salvos: Vec<Salvo<N::Memo>>,
    pub(super) lanes: Vec<Lane>,
    /// Lanes taken and not given back.
    pub(super) lanes_out: usize,
    /// Whether anybody is scanned.
    pub(super) scans: bool,
    /// Whether something happened that lanes do not carry.
    pub(super) is_abandoned: bool,
    /// Frames and mappings.
    pub(super) scanned_deliveries: (u64, u64),
}

/// Those who watch.
pub(super) struct Eyes<'a, 'b, N: Node>(pub(super) &'a mut [&'b mut dyn Observer<N>]);

impl<N: Node> Eyes<'_, '_, N> {
    pub(super) fn see(&mut self, at: Instant, moment: &Moment<'_, N>) {
        for observer in self.0.iter_mut() {
            observer.on_moment(at, moment);
        }
    }
}

/// Events between two pulses.
const PULSE_EVENTS: u64 = 1 << 16;

impl<N: Node> World<N> {
    /// A world at virtual zero with all faults booked.
    #[must_use]
    pub fn new(plan: Plan<N>) -> Self {
        let homes = plan.hosts.iter().map(|host| host.home).collect();
        let router = Router::new(homes, plan.links.iter().map(|l| (l.ends, l.settings.latency)).collect());
        let (seed, from) = (plan.seed, plan.measure_from);
        let pipe = |link: &LinkPlan, way| Pipe::new(link.settings.clone(), seed, &link.name, way, from);
        let pipes = plan.links.iter().map(|link| [pipe(link, 0), pipe(link, 1)]).collect();
        let host = |host: HostPlan<N>| Host {
            bench: Workbench::new(host.processor, seed, &host.name, from),
            node: host.node,
            ports_blocked: host.ports_blocked,
            down: 0,
            nameless: 0,
            unrouted: 0,
            suspended: 0,
            epoch: 0,
            scanned_from: host.scanned_from,
            is_away: false,
        };
        let scans = plan.hosts.iter().any(|host| host.scanned_from.is_some());
        let salvos = plan.hosts.iter().map(|_| Salvo::new()).collect();
        let mut agenda = Agenda::new();
        for (index, fault) in plan.faults.iter().enumerate() {
            agenda.push(fault.at, Rank::First, Event::FaultBegins(index));
            if let Some(until) = fault.until {
                agenda.push(until, Rank::First, Event::FaultEnds(index));
            }
        }
        Self {
            hosts: plan.hosts.into_iter().map(host).collect(),
            pipes,
            router,
            conns: Vec::new(),
            open: BTreeSet::new(),
            flights: Vec::new(),
            free: Vec::new(),
            flights_made: 0,
            agenda,
            faults: plan.faults,
            outbox: Outbox::new(),
            measure_from: from,
            events: 0,
            frame_deliveries: 0,
            mapping_deliveries: 0,
            salvos,
            lanes: Vec::new(),
            lanes_out: 0,
            scans,
            is_abandoned: false,
            scanned_deliveries: (0, 0),
        }
    }

    /// Before it runs: how busy every node and link is will be kept in bins of this length; zero: it is not.
    #[must_use]
    pub fn with_bins(mut self, each: Span) -> Self {
        self.hosts.iter_mut().for_each(|host| host.bench.load = Load::new(each));
        self.pipes.iter_mut().flatten().for_each(|pipe| pipe.load = Load::new(each));
        self
    }

    /// Starts every node, then handles all events due by `end`, at most `events_max` of them. `pulse` is
    /// asked every 2^16 events whether to go on.
    pub fn run(
        &mut self,
        end: Instant,
        events_max: u64,
        pulse: &mut dyn FnMut(Instant, u64) -> bool,
        observers: &mut [&mut dyn Observer<N>],
    ) -> Ending {
        let mut eyes = Eyes(observers);
        for index in 0..self.hosts.len() {
            let id = NodeId::new(index);
            self.hosts[index].node.on_start(Instant::ZERO, &mut self.outbox);
            self.drain(id, Instant::ZERO, &mut eyes);
        }
        while let Some((now, event)) = self.agenda.pop(end) {
            if self.events == events_max {
                return Ending::EventsUsedUp;
            }
            self.events += 1;
            // What most often comes, before all else is told apart.
            if let Event::Timer { node, epoch, timer } = event {
                self.wake(now, node, epoch, timer, &mut eyes);
            } else {
                self.handle(now, event, &mut eyes);
            }
            if self.is_abandoned {
                return Ending::Abandoned;
            }
            if self.events.is_multiple_of(PULSE_EVENTS) && !pulse(now, self.events) {
                return Ending::Cancelled;
            }
        }
        Ending::Completed
    }

    fn handle(&mut self, now: Instant, event: Event<N::Timer>, eyes: &mut Eyes<'_, '_, N>) {
        match event {
            Event::Arrive { slot, flight, pass } => self.arrive(now, slot as usize, flight, pass, eyes),
            Event::Answered { conn } => self.answered(now, conn, eyes),
            Event::Closed { conn, side, why } => self.heard_closed(now, conn, side, why, eyes),
            Event::Dead { conn, side } => self.check_dead(now, conn, side, eyes),
            Event::Depart { slot, flight, node, epoch } => {
                self.departed(now, slot as usize, flight, (node, epoch), eyes)
            }
            Event::Failed { conn, why } => self.failed(now, conn, why, eyes),
            Event::FaultBegins(index) => self.begin_fault(now, index, eyes),
            Event::FaultEnds(index) => self.end_fault(now, index, eyes),
            Event::Reach { conn } => self.reach(now, conn, eyes),
            Event::Resume { link, direction } => self.resume(now, link, direction),
            Event::Serve { slot, flight, node, epoch } => {
                self.serve(now, slot as usize, flight, (node, epoch), eyes)
            }
            Event::Timer { node, epoch, timer } => self.wake(now, node, epoch, timer, eyes),
            Event::VolleyDone { node, epoch } => self.volley_done(node, epoch),
        }
    }

    #[inline]
    fn wake(&mut self, now: Instant, node: NodeId, epoch: u32, timer: N::Timer, eyes: &mut Eyes<'_, '_, N>) {
        let host = &mut self.hosts[node.index()];
        if host.epoch == epoch {
            host.node.on_timer(now, timer, &mut self.outbox);
            self.drain(node, now, eyes);
        }
    }

    /// Does what `id` wants done, in order, before any other node is touched.
    #[inline]
    fn drain(&mut self, id: NodeId, now: Instant, eyes: &mut Eyes<'_, '_, N>) {
        let epoch = self.hosts[id.index()].epoch;
        for Alarm { at, last, timer } in self.outbox.alarms.iter().copied() {
            let rank = if last { Rank::Last } else { Rank::Ordinary };
            self.agenda.push(at, rank, Event::Timer { node: id, epoch, timer });
        }
        self.outbox.alarms.clear();
        if !self.outbox.commands.is_empty() {
            self.obey(id, now, eyes);
        }
    }

    /// The same of what it wants but, or after, being woken.
    fn obey(&mut self, id: NodeId, now: Instant, eyes: &mut Eyes<'_, '_, N>) {
        let mut commands = std::mem::take(&mut self.outbox.commands);
        for command in commands.drain(..) {
            match command {
                Command::Arm { at, last, timer } => self.arm(id, at, last, timer),
                Command::Bound { conn, messages_max } => {
                    self.abandon_if_attached(conn);
                    let side = self.conns[conn.index()].side_of(id);
                    self.conns[conn.index()].sides[side].backlog_max = u64::from(messages_max);
                }
                Command::Close { conn } => self.close(now, conn, id, eyes),
                Command::Dial { conn, dial } => self.dial(now, conn, id, dial),
                Command::Note(note) => eyes.see(now, &Moment::Note { node: id, note: &note }),
                Command::Send { conn, frame } => self.send(now, conn, id, frame, eyes),
                Command::Volley { conns, frame } => self.volley(now, id, &conns, &frame, eyes),
            }
        }
        self.outbox.give_back(commands);
    }

    #[inline]
    fn arm(&mut self, id: NodeId, at: Instant, last: bool, timer: N::Timer) {
        let rank = if last { Rank::Last } else { Rank::Ordinary };
        let epoch = self.hosts[id.index()].epoch;
        self.agenda.push(at, rank, Event::Timer { node: id, epoch, timer });
    }

    pub(super) fn tell_change(
        &mut self,
        now: Instant,
        node: NodeId,
        conn: ConnId,
        change: Change,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        self.hosts[node.index()].node.on_change(now, conn, change, &mut self.outbox);
        self.drain(node, now, eyes);
    }

    pub(super) fn tell_order(
        &mut self,
        now: Instant,
        node: NodeId,
        order: super::Order,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        self.hosts[node.index()].node.on_order(now, order, &mut self.outbox);
        self.drain(node, now, eyes);
    }

    pub(super) fn tell_frame(
        &mut self,
        now: Instant,
        node: NodeId,
        conn: ConnId,
        frame: &Arc<Frame<N::Memo>>,
        eyes: &mut Eyes<'_, '_, N>,
    ) {
        self.hosts[node.index()].node.on_frame(now, conn, frame, &mut self.outbox);
        self.drain(node, now, eyes);
    }
}
