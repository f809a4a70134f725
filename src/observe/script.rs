//! Script: a small cast and the moments of a run written by hand, for tests of the witness.
//!
//! One source (0) tells one learner (1), which feeds two firewalls, east (2) and west (3). Source,
//! learner and east stand at site 0, west at site 1; in a pair both firewalls stand at site 0.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::findings::{Findings, PointFindings};
use super::witness::Witness;
use crate::engine::{
    Cause, Change, FlightId, Frame, Keepalive, LinkSettings, Moment, Node, Observer, Order, Outbox,
    Processor, Transport, Way,
};
use crate::ids::{AddressId, ConnId, LinkId, NodeId, SessionId, SiteId, UserId};
use crate::mapping::{Conflict, Mapping, Outcome, Route};
use crate::random::{Distribution, Seed};
use crate::roles::{
    Announce, EdgeState, Feed, HaSettings, LogSettings, Mode, Note, Phase, PointSettings, PushSettings, Read,
    Reconnect, SessionSettings,
};
use crate::scenario::{Fault, FaultKind, Flows, Scenario};
use crate::topology::{Kind, Link, Pair, Place, Role, Site, Topology};
use crate::units::{Instant, Ratio, Span};
use crate::wire::{Decoded, Message};
use crate::workload::{Event, Replay, ReplayFormat, Spec, Stay, Truth, Update, Workload};

/// Nanoseconds in a second, as integrals count them.
pub(super) const S: u128 = 1_000_000_000;
/// The source.
pub(super) const SOURCE: usize = 0;
/// The learner: the authority of both firewalls.
pub(super) const LEARNER: usize = 1;
/// A firewall.
pub(super) const EAST: usize = 2;
/// Another firewall.
pub(super) const WEST: usize = 3;
/// What virtual zero's stays are numbered from.
pub(super) const INITIAL: u64 = 1 << 63;

/// A node that does nothing.
pub(super) struct FakeNode;

impl Node for FakeNode {
    type Memo = Decoded;
    type Note = Note;
    type Timer = ();

    fn on_change(&mut self, _: Instant, _: ConnId, _: Change, _: &mut Outbox<Self>) {}
    fn on_frame(&mut self, _: Instant, _: ConnId, _: &Arc<Frame<Decoded>>, _: &mut Outbox<Self>) {}
    fn on_order(&mut self, _: Instant, _: Order, _: &mut Outbox<Self>) {}
    fn on_start(&mut self, _: Instant, _: &mut Outbox<Self>) {}
    fn on_timer(&mut self, _: Instant, (): (), _: &mut Outbox<Self>) {}
}

/// What differs from test to test. Times are in seconds.
pub(super) struct Plan {
    /// Whether the source pushes; else its log is polled.
    pub(super) push: bool,
    /// Whether the firewalls are a pair, east preferred.
    pub(super) pair: bool,
    /// Whether tables are loaded.
    pub(super) warm: bool,
    /// User, address, start, end.
    pub(super) stays: Vec<(usize, usize, u64, u64)>,
    /// Second, address, user, event.
    pub(super) updates: Vec<(u64, usize, usize, Event)>,
    /// When booked faults begin.
    pub(super) faults: Vec<u64>,
}

/// A frame on its way.
pub(super) struct Flying {
    flight: FlightId,
    from: NodeId,
    to: NodeId,
    frame: Arc<Frame<Decoded>>,
}

/// A run written by hand. All moments are given in milliseconds.
pub(super) struct Script {
    /// Watches it.
    pub(super) witness: Witness,
    workload: Workload,
    flights: u64,
}

/// A node's id.
pub(super) fn node(index: usize) -> NodeId {
    NodeId::new(index)
}

/// The instant at this millisecond.
pub(super) fn at(millis: u64) -> Instant {
    Instant::after_start(Span::from_millis(millis))
}

/// The findings of a firewall.
pub(super) fn row(findings: &Findings, index: usize) -> &PointFindings {
    let found = findings.points.iter().find(|(point, _)| *point == node(index));
    &found.expect("the firewall has a row").1
}

impl Script {
    /// A run with a window of ten seconds, measured from virtual zero.
    pub(super) fn new(plan: &Plan) -> Self {
        let workload = workload(plan);
        let witness = Witness::new(&scenario(plan), &workload);
        Self { witness, workload, flights: 0 }
    }

    fn tell(&mut self, millis: u64, moment: &Moment<'_, FakeNode>) {
        self.witness.on_moment(at(millis), moment);
    }

    /// A node notes something.
    pub(super) fn note(&mut self, millis: u64, index: usize, note: &Note) {
        self.tell(millis, &Moment::Note { node: node(index), note });
    }

    /// The fed end of an edge notes its state; of a push, the source.
    pub(super) fn edge(&mut self, millis: u64, from: usize, to: usize, state: EdgeState) {
        self.note(millis, to, &Note::Edge { from: node(from), to: node(to), state });
    }

    /// Every feed to learner and firewalls is up at zero.
    pub(super) fn all_up(&mut self) {
        for (from, to) in [(SOURCE, LEARNER), (LEARNER, EAST), (LEARNER, WEST)] {
            self.edge(0, from, to, EdgeState::Up);
        }
    }

    /// The source notices its update at the instant at which it occurred.
    pub(super) fn noticed(&mut self, sequence: u64) {
        let second = self.workload.updates[SOURCE][usize::try_from(sequence).unwrap()].occurred;
        let moment = Moment::Note { node: node(SOURCE), note: &Note::Noticed { sequence } };
        Observer::<FakeNode>::on_moment(&mut self.witness, second, &moment);
    }

    fn mapping(&self, sequence: u64) -> Mapping {
        let (address, user, log_off, occurred) = if sequence >= INITIAL {
            let stay = self.workload.stays[usize::try_from(sequence - INITIAL).unwrap()];
            (stay.address, Some(stay.user), false, Instant::ZERO)
        } else {
            let update = self.workload.updates[SOURCE][usize::try_from(sequence).unwrap()];
            (update.address, update.user, update.event == Event::LogOff, update.occurred)
        };
        Mapping {
            address,
            user,
            log_off,
            timestamp: i64::try_from(occurred.nanos()).unwrap(),
            source: node(SOURCE),
            sequence,
            origin: node(LEARNER),
            route: Route::new(),
        }
    }

    /// A node merges mappings, of the frame just delivered or (`from` = `None`) at the start.
    pub(super) fn merged(&mut self, millis: u64, to: usize, from: Option<usize>, fates: &[(u64, Outcome)]) {
        let segment: Arc<[Mapping]> = fates.iter().map(|(sequence, _)| self.mapping(*sequence)).collect();
        let outcomes = fates.iter().map(|(_, outcome)| *outcome).collect();
        self.note(millis, to, &Note::Merged { from: from.map(node), segment, outcomes });
    }

    /// A node hands updates to a connection, in one frame; of a table, `full` or not.
    pub(super) fn sent(
        &mut self,
        millis: u64,
        from: usize,
        to: usize,
        sequences: &[u64],
        full: bool,
    ) -> Flying {
        let mappings: Arc<[Mapping]> = sequences.iter().map(|sequence| self.mapping(*sequence)).collect();
        let count = u32::try_from(sequences.len()).unwrap();
        let next_position = sequences.last().map_or(0, |sequence| sequence + 1);
        let message = match from {
            SOURCE => Message::Records { next_position, count },
            _ => Message::Mappings { full, count },
        };
        let decode = move |_: &Bytes| Decoded { messages: vec![message.clone()], mappings: mappings.clone() };
        let frame = Arc::new(Frame::new(Bytes::new(), 1, count, Arc::new(decode)));
        self.flights += 1;
        let flying = Flying { flight: FlightId(self.flights), from: node(from), to: node(to), frame };
        let Flying { flight, from, to, ref frame } = flying;
        self.tell(millis, &Moment::Sent { flight, conn: ConnId::new(0), from, to, frame });
        flying
    }

    /// A frame is served; its way is told in milliseconds of propagation and of service.
    pub(super) fn delivered(
        &mut self,
        millis: u64,
        flying: &Flying,
        way: (u64, u64),
        fates: &[(u64, Outcome)],
    ) {
        let Flying { flight, from, to, ref frame } = *flying;
        let moment = Moment::Delivered {
            flight,
            conn: ConnId::new(0),
            from,
            to,
            frame,
            way: Way { propagate: Span::from_millis(way.0), ..Way::default() },
            served: Way { process: Span::from_millis(way.1), ..Way::default() },
        };
        self.tell(millis, &moment);
        self.merged(millis, to.index(), Some(from.index()), fates);
    }

    /// A frame is lost.
    pub(super) fn dropped(&mut self, millis: u64, flying: &Flying, cause: Cause) {
        let Flying { flight, from, to, ref frame } = *flying;
        self.tell(millis, &Moment::Dropped { flight, from, to, frame, cause });
    }

    /// Sends one update on an edge at one instant and applies it at another, all the way propagation.
    pub(super) fn pass(&mut self, sent: u64, applied: u64, from: usize, to: usize, sequence: u64) {
        let flying = self.sent(sent, from, to, &[sequence], false);
        self.delivered(applied, &flying, (applied - sent, 0), &[(sequence, Outcome::Applied)]);
    }

    /// A node stops.
    pub(super) fn down(&mut self, millis: u64, index: usize, keeps_memory: bool) {
        self.tell(millis, &Moment::NodeDown { node: node(index), keeps_memory });
    }

    /// A node starts again.
    pub(super) fn up(&mut self, millis: u64, index: usize) {
        self.tell(millis, &Moment::NodeUp { node: node(index) });
    }

    /// The link between the sites changes.
    pub(super) fn link(&mut self, millis: u64, up: bool) {
        self.tell(millis, &Moment::LinkChanged { link: LinkId::new(0), up });
    }

    /// A booked fault ends.
    pub(super) fn fault_ends(&mut self, millis: u64, fault: usize) {
        self.tell(millis, &Moment::FaultEnds { fault });
    }

    /// The run ends.
    pub(super) fn finish(self, millis: u64) -> Findings {
        self.witness.finish(at(millis))
    }
}

fn workload(plan: &Plan) -> Workload {
    let second = |second: u64| at(second * 1_000);
    let stay = |(user, address, start, end): &(usize, usize, u64, u64)| Stay {
        user: UserId::new(*user),
        address: AddressId::new(*address),
        site: SiteId::new(0),
        start: second(*start),
        end: second(*end),
    };
    let update = |(occurred, address, user, event): &(u64, usize, usize, Event)| Update {
        occurred: second(*occurred),
        address: AddressId::new(*address),
        user: Some(UserId::new(*user)),
        event: *event,
    };
    let used = plan.stays.iter().map(|stay| stay.1).chain(plan.updates.iter().map(|update| update.1));
    let addresses = used.max().map_or(0, |most| most + 1);
    let mut updates = vec![Vec::new(); 4];
    updates[SOURCE] = plan.updates.iter().map(update).collect();
    Workload {
        addresses: (0..addresses).map(|last| IpAddr::from([10, 0, 0, u8::try_from(last).unwrap()])).collect(),
        users: Vec::new(),
        stays: plan.stays.iter().map(stay).collect(),
        updates,
        truth: Truth::Generated,
        remarks: Vec::new(),
    }
}

fn scenario(plan: &Plan) -> Scenario {
    let fault = |begin: &u64| Fault {
        name: "fault".to_owned(),
        at: at(begin * 1_000),
        until: None,
        kind: FaultKind::LinkDown { link: LinkId::new(0) },
    };
    Scenario {
        name: "script".to_owned(),
        topology: topology(plan),
        workload: Spec::Replay(Replay {
            file: "none".into(),
            format: ReplayFormat::Csv,
            sources: vec![node(SOURCE)],
            site: SiteId::new(0),
            assume_stay: Span::ZERO,
            gaps_over: Span::ZERO,
            machine_accounts: false,
        }),
        faults: plan.faults.iter().map(fault).collect(),
        expectations: Vec::new(),
        flows: Flows { per_second: 1.0, through: Vec::new() },
        start: Span::ZERO,
        duration: Span::from_seconds(100),
        measure_from: Instant::ZERO,
        window: Span::from_seconds(10),
        warm: plan.warm,
        seed: Seed(0),
        events_max: 0,
        hash: String::new(),
    }
}

fn topology(plan: &Plan) -> Topology {
    let west_site = usize::from(!plan.pair);
    let session = |upstream, client, feed| SessionSettings {
        client: node(client),
        upstream: node(upstream),
        feed,
        port: 5007,
        mode: Mode::Push,
        phase: None,
        include: Vec::new(),
        exclude: Vec::new(),
        standby_after: Vec::new(),
    };
    let redistribution = Feed::Redistribution;
    let mut sessions = vec![session(LEARNER, EAST, redistribution), session(LEARNER, WEST, redistribution)];
    let mut pairs = Vec::new();
    if plan.pair {
        sessions.push(session(EAST, WEST, Feed::HighAvailability));
        sessions.push(session(WEST, EAST, Feed::HighAvailability));
        pairs.push(Pair { name: "pair".to_owned(), members: [node(EAST), node(WEST)] });
    }
    let site = |name: &str| Site { name: name.to_owned() };
    Topology {
        sites: vec![site("here"), site("there")],
        nodes: vec![
            member(Kind::Source, 0, source(plan)),
            member(Kind::Agent, 0, point(Some(!plan.push), None)),
            member(Kind::Firewall, 0, point(None, plan.pair.then_some((WEST, true)))),
            member(Kind::Firewall, west_site, point(None, plan.pair.then_some((EAST, false)))),
        ],
        links: vec![Link {
            name: "line".to_owned(),
            ends: [Place::Site(SiteId::new(0)), Place::Site(SiteId::new(1))],
            settings: LinkSettings {
                latency: Span::ZERO,
                jitter: nothing(),
                bandwidth: None,
                loss: Ratio::ZERO,
                retransmission_timeout: Span::ZERO,
                queue_frames_max: None,
                ports_blocked: Vec::new(),
            },
        }],
        sessions,
        pairs,
    }
}

fn nothing() -> Distribution {
    Distribution::Constant(Span::ZERO)
}

fn keepalive() -> Keepalive {
    Keepalive { interval: Span::from_seconds(5), misses: 3 }
}

fn reconnect() -> Reconnect {
    let wait = Span::from_seconds(5);
    Reconnect { first: wait, max: wait, jitter_percent: 0, connect_timeout: wait }
}

fn member(kind: Kind, site: usize, role: Role) -> crate::topology::Node {
    crate::topology::Node {
        name: "node".to_owned(),
        kind,
        site: SiteId::new(site),
        ports_blocked: Vec::new(),
        processor: Processor { per_message: nothing(), per_mapping: nothing(), per_send: nothing() },
        role,
    }
}

fn source(plan: &Plan) -> Role {
    if !plan.push {
        return Role::Log(LogSettings {
            log_lag: nothing(),
            query_time: nothing(),
            clock_offset_nanos: 0,
            port: 135,
        });
    }
    Role::Push(PushSettings {
        transport: Transport::Tcp,
        learners: vec![node(LEARNER)],
        port: 514,
        clock_offset_nanos: 0,
        buffer_records_max: 100,
        reconnect: reconnect(),
        keepalive: keepalive(),
    })
}

/// A firewall, or a learner that reads the source's log or not.
fn point(learner: Option<bool>, pair: Option<(usize, bool)>) -> Role {
    let read = Read {
        source: node(SOURCE),
        interval: Span::from_seconds(1),
        phase: Phase::Drawn,
        history_records_max: 0,
        standby_after: Vec::new(),
    };
    Role::Point(PointSettings {
        timeout: None,
        capacity: 1_000,
        conflict: Conflict::Newest,
        resync_restarts_timer: true,
        ignore_users: Vec::new(),
        reads: if learner == Some(true) { vec![read] } else { Vec::new() },
        announce: Announce {
            interval: Span::ZERO,
            phase: Phase::Drawn,
            coalesce: false,
            mappings_per_message: 45,
            backlog_messages_max: 100,
        },
        keepalive: keepalive(),
        reconnect: reconnect(),
        enforces: learner.is_none(),
        scope: Vec::new(),
        ha: pair.map(|(peer, preferred)| HaSettings {
            peer: node(peer),
            preferred,
            sync_lag: Span::ZERO,
            sync_interval: Span::ZERO,
            keepalive: keepalive(),
            promotion_hold: Span::ZERO,
            feed_out: SessionId::new(0),
            feed_in: SessionId::new(0),
        }),
    })
}
