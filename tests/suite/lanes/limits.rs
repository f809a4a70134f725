//! What a lane does not carry abandons the run; what it carries needs nobody at the other end.

use std::sync::Arc;

use bytes::Bytes;
use uidsim::engine::{
    BookedFault, Change, Dial, End, Ending, Fault, Frame, HostPlan, Keepalive, LinkPlan, LinkSettings, Node,
    Order, Outbox, Plan, Processor, Transport, World,
};
use uidsim::ids::{ConnId, LinkId, NodeId};
use uidsim::random::{Distribution, Seed};
use uidsim::units::{Instant, Ratio, Span};

/// What a node does at a booked second.
#[derive(Clone, Copy, Debug)]
enum Act {
    Bound(u32),
    Close,
    Send,
    Volley,
}

/// Accepts connections, or dials the first node; acts on all that it has.
struct Actor {
    dials: bool,
    acts: Vec<(u64, Act)>,
    conns: Vec<ConnId>,
    received: usize,
}

impl Node for Actor {
    type Memo = ();
    type Note = ();
    type Timer = Act;

    fn on_change(&mut self, _: Instant, conn: ConnId, change: Change, _: &mut Outbox<Self>) {
        if matches!(change, Change::Accepted { .. } | Change::Established) {
            self.conns.push(conn);
        }
    }

    fn on_frame(&mut self, _: Instant, _: ConnId, _: &Arc<Frame<()>>, _: &mut Outbox<Self>) {
        self.received += 1;
    }

    fn on_order(&mut self, _: Instant, _: Order, _: &mut Outbox<Self>) {}

    fn on_start(&mut self, now: Instant, out: &mut Outbox<Self>) {
        if self.dials {
            out.dial(Dial {
                to: NodeId::new(0),
                port: 5007,
                transport: Transport::Tcp,
                keepalive: Keepalive { interval: Span::from_seconds(5), misses: 3 },
                backlog_messages_max: 100,
                timeout: Span::from_seconds(3),
                handshake_round_trips: 0,
                by_name: false,
                is_routed: true,
            });
        }
        for (second, act) in &self.acts {
            out.arm(now.later(Span::from_seconds(*second)), *act);
        }
    }

    fn on_timer(&mut self, _: Instant, act: Act, out: &mut Outbox<Self>) {
        let frame = Arc::new(Frame::new(Bytes::from_static(b"news"), 1, 2, Arc::new(|_| ())));
        match act {
            Act::Bound(max) => self.conns.iter().for_each(|conn| out.bound(*conn, max)),
            Act::Close => self.conns.iter().for_each(|conn| out.close(*conn)),
            Act::Send => self.conns.iter().for_each(|conn| out.send(*conn, frame.clone())),
            Act::Volley => out.volley(self.conns.as_slice().into(), frame),
        }
    }
}

/// A sender at one place, two receivers at another, of whom the first is scanned.
fn world(sender: &[(u64, Act)], receiver: &[(u64, Act)], fault: Option<Fault>) -> (Ending, World<Actor>) {
    world_of(sender, receiver, fault, Span::from_millis(2), true)
}

fn world_of(
    sender: &[(u64, Act)],
    receiver: &[(u64, Act)],
    fault: Option<Fault>,
    per_send: Span,
    scans: bool,
) -> (Ending, World<Actor>) {
    let host = |name: &str, dials, acts: &[(u64, Act)], is_scanned: bool| HostPlan {
        name: name.to_owned(),
        node: Actor { dials, acts: acts.to_vec(), conns: Vec::new(), received: 0 },
        home: usize::from(dials),
        processor: Processor {
            per_message: Distribution::Constant(Span::from_millis(1)),
            per_mapping: Distribution::ZERO,
            per_send: Distribution::Constant(per_send),
        },
        ports_blocked: Vec::new(),
        scanned_from: is_scanned.then_some(Instant::ZERO),
    };
    let at = Instant::after_start(Span::from_seconds(20));
    let mut world = World::new(Plan {
        hosts: vec![
            host("sender", false, sender, false),
            host("scanned", true, receiver, scans),
            host("other", true, &[], false),
        ],
        links: vec![LinkPlan {
            name: "wan".to_owned(),
            ends: [End::Place(0), End::Place(1)],
            settings: LinkSettings {
                latency: Span::from_millis(10),
                jitter: Distribution::ZERO,
                bandwidth: None,
                loss: Ratio::ZERO,
                retransmission_timeout: Span::from_millis(200),
                queue_frames_max: None,
                ports_blocked: Vec::new(),
            },
        }],
        faults: fault.into_iter().map(|fault| BookedFault { at, until: None, fault }).collect(),
        measure_from: Instant::ZERO,
        seed: Seed(1),
    });
    let ending = world.run(end(), u64::MAX, &mut |_, _| true, &mut []);
    (ending, world)
}

fn end() -> Instant {
    Instant::after_start(Span::from_seconds(30))
}

#[test]
fn a_volley_reaches_the_scanned_in_a_lane_and_others_in_the_agenda() {
    let (ending, mut world) = world(&[(10, Act::Volley), (20, Act::Volley)], &[], None);
    assert_eq!(ending, Ending::Completed);
    assert_eq!(world.nodes().map(|node| node.received).collect::<Vec<_>>(), [0, 0, 2]);
    let mut lanes = world.take_lanes(end());
    let mut heard = Vec::new();
    assert!(!lanes[0].scan(usize::MAX, |one| heard.push(one)));
    let done: Vec<u64> = heard.iter().map(|heard| heard.done.nanos() / 1_000_000).collect();
    assert_eq!(done, [10_013, 20_013]);
    assert_eq!((lanes[0].sender(), lanes[0].link()), (NodeId::new(0), Some((LinkId::new(0), 0))));
    assert_eq!(lanes[0].ears().map(|(node, _)| node).collect::<Vec<_>>(), [NodeId::new(1)]);
    world.give_back(lanes);
    world.finish(end());
    assert_eq!((world.counts().1, world.scanned_counts()), (4, (2, 4)));
}

#[test]
fn what_a_lane_does_not_carry_abandons_the_run() {
    let node = |index, keeps_memory| Fault::Crash { node: NodeId::new(index), keeps_memory };
    let volley = (10, Act::Volley);
    for (name, sender, receiver, fault) in [
        ("a plain send", Some(Act::Send), None, None),
        ("a frame the other way", None, Some(Act::Send), None),
        ("the sender closes", Some(Act::Close), None, None),
        ("the receiver closes", None, Some(Act::Close), None),
        ("another bound", Some(Act::Bound(7)), None, None),
        ("the sender crashes", None, None, Some(node(0, true))),
        ("the receiver crashes", None, None, Some(node(1, false))),
        ("the link goes down", None, None, Some(Fault::LinksDown { links: vec![LinkId::new(0)] })),
    ] {
        let sender: Vec<(u64, Act)> = [volley].into_iter().chain(sender.map(|act| (20, act))).collect();
        let receiver: Vec<(u64, Act)> = receiver.map(|act| (20, act)).into_iter().collect();
        assert_eq!(world(&sender, &receiver, fault).0, Ending::Abandoned, "{name}");
    }
    let (ending, _) = world(&[volley], &[], Some(node(2, true)));
    assert_eq!(ending, Ending::Completed, "a node in the agenda may crash");
}

#[test]
fn a_lane_is_abandoned_where_the_agenda_resets_a_session_for_its_backlog() {
    let volleys = |at: &[u64]| at.iter().map(|second| (*second, Act::Volley)).collect::<Vec<_>>();
    for (name, bound, per_send, at, resets) in [
        ("ready in the instant of the next, which was booked before", 1, 1, &[10, 11][..], true),
        ("ready before the next", 1, 1, &[10, 13], false),
        ("waiting beyond the end", 3, 9, &[10, 29, 29, 29, 29], true),
        ("just as many as may wait", 3, 9, &[10, 29, 29, 29], false),
    ] {
        let acts: Vec<(u64, Act)> = [(5, Act::Bound(bound))].into_iter().chain(volleys(at)).collect();
        let run = |scans| world_of(&acts, &[], None, Span::from_seconds(per_send), scans);
        let (_, mut agenda) = run(false);
        agenda.finish(end());
        assert_eq!(agenda.host_uses().any(|spent| spent.resets > 0), resets, "{name}");
        let mut lanes = run(true).1.take_lanes(end());
        lanes[0].scan(usize::MAX, |_| {});
        assert_eq!(lanes[0].is_abandoned(), resets, "{name}");
    }
}
