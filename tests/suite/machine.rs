//! The machine through its public node interface: connections, order, death, datagrams, processors.

use std::sync::Arc;

use bytes::Bytes;
use uidsim::engine::{
    BookedFault, Cause, Change, Dial, End, Ending, Fault, Frame, HostPlan, Keepalive, LinkPlan, LinkSettings,
    Moment, Node, Observer, Order, Outbox, Plan, PortBlock, Processor, Transport, Way, Why, World,
};
use uidsim::ids::{ConnId, LinkId, NodeId};
use uidsim::random::{Distribution, Seed};
use uidsim::units::{BitRate, Instant, Ratio, Span};

/// Dials `peer` at the start and sends `sends` frames: (when, payload bytes), over the first connection.
struct Talker {
    peer: Option<NodeId>,
    transport: Transport,
    sends: Vec<(Span, usize)>,
    backlog_messages_max: u32,
    handshake_round_trips: u32,
    conn: Option<ConnId>,
}

fn frame(bytes: usize) -> Arc<Frame<()>> {
    Arc::new(Frame::new(Bytes::from(vec![0; bytes]), 1, 0, Arc::new(|_| ())))
}

impl Node for Talker {
    type Memo = ();
    type Note = String;
    type Timer = usize;

    fn on_change(&mut self, _: Instant, _: ConnId, change: Change, out: &mut Outbox<Self>) {
        out.note(format!("{change:?}"));
    }

    fn on_frame(&mut self, _: Instant, _: ConnId, _: &Arc<Frame<()>>, _: &mut Outbox<Self>) {}

    fn on_order(&mut self, _: Instant, order: Order, out: &mut Outbox<Self>) {
        out.note(format!("{order:?}"));
    }

    fn on_start(&mut self, now: Instant, out: &mut Outbox<Self>) {
        let Some(to) = self.peer else { return };
        self.conn = Some(out.dial(Dial {
            to,
            port: 5007,
            transport: self.transport,
            keepalive: Keepalive { interval: Span::from_seconds(5), misses: 3 },
            backlog_messages_max: self.backlog_messages_max,
            timeout: Span::from_seconds(3),
            handshake_round_trips: self.handshake_round_trips,
            by_name: true,
            is_routed: true,
        }));
        for (index, (after, _)) in self.sends.iter().enumerate() {
            out.arm(now.later(*after), index);
        }
    }

    fn on_timer(&mut self, _: Instant, index: usize, out: &mut Outbox<Self>) {
        let conn = self.conn.expect("armed after dialling");
        out.send(conn, frame(self.sends[index].1));
    }
}

#[derive(Default)]
struct Diary {
    told: Vec<(Instant, usize, String)>,
    delivered: Vec<(Instant, Way)>,
    dropped: Vec<(Instant, Cause)>,
}

impl Observer<Talker> for Diary {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Talker>) {
        match moment {
            Moment::Note { node, note } => self.told.push((at, node.index(), (*note).clone())),
            Moment::Delivered { way, served, .. } => {
                let mut whole = *way;
                whole.queue += served.queue;
                whole.process += served.process;
                self.delivered.push((at, whole));
            }
            Moment::Dropped { cause, .. } => self.dropped.push((at, *cause)),
            _ => {}
        }
    }
}

const QUIET: LinkSettings = LinkSettings {
    latency: Span::from_millis(10),
    jitter: Distribution::ZERO,
    bandwidth: None,
    loss: Ratio::ZERO,
    retransmission_timeout: Span::from_millis(200),
    queue_frames_max: None,
    ports_blocked: Vec::new(),
};

fn processor(per_message: Span, per_send: Span) -> Processor {
    Processor {
        per_message: Distribution::Constant(per_message),
        per_mapping: Distribution::ZERO,
        per_send: Distribution::Constant(per_send),
    }
}

struct Setup {
    link: LinkSettings,
    transport: Transport,
    sends: Vec<(Span, usize)>,
    backlog_messages_max: u32,
    handshake_round_trips: u32,
    processors: [Processor; 2],
    faults: Vec<BookedFault>,
    seconds: u64,
}

impl Setup {
    fn new(sends: &[(u64, usize)]) -> Self {
        let sends = sends.iter().map(|(millis, bytes)| (Span::from_millis(*millis), *bytes)).collect();
        let idle = || processor(Span::ZERO, Span::ZERO);
        Self {
            link: QUIET,
            transport: Transport::Tcp,
            sends,
            backlog_messages_max: 1_000,
            handshake_round_trips: 0,
            processors: [idle(), idle()],
            faults: Vec::new(),
            seconds: 100,
        }
    }

    /// Node 0 talks to node 1 over one link.
    fn run(self) -> (Diary, World<Talker>) {
        let talker = |peer, sends: Vec<(Span, usize)>| Talker {
            peer,
            transport: self.transport,
            sends,
            backlog_messages_max: self.backlog_messages_max,
            handshake_round_trips: self.handshake_round_trips,
            conn: None,
        };
        let [here, there] = self.processors;
        let host = |name: &str, node, home, processor| HostPlan {
            name: name.to_owned(),
            node,
            home,
            processor,
            ports_blocked: Vec::new(),
            scanned_from: None,
        };
        let mut world = World::new(Plan {
            hosts: vec![
                host("a", talker(Some(NodeId::new(1)), self.sends), 0, here),
                host("b", talker(None, Vec::new()), 1, there),
            ],
            links: vec![LinkPlan {
                name: "wan".to_owned(),
                ends: [End::Place(0), End::Place(1)],
                settings: self.link,
            }],
            faults: self.faults,
            measure_from: Instant::ZERO,
            seed: Seed(1),
        });
        let mut diary = Diary::default();
        let end = Instant::after_start(Span::from_seconds(self.seconds));
        let ending = world.run(end, u64::MAX, &mut |_, _| true, &mut [&mut diary]);
        assert_eq!(ending, Ending::Completed);
        world.finish(end);
        (diary, world)
    }
}

fn at(millis: u64) -> Instant {
    Instant::after_start(Span::from_millis(millis))
}

fn fault(from: u64, until: Option<u64>, fault: Fault) -> BookedFault {
    BookedFault { at: at(from), until: until.map(at), fault }
}

fn link_down(from: u64, until: Option<u64>) -> BookedFault {
    fault(from, until, Fault::LinksDown { links: vec![LinkId::new(0)] })
}

#[test]
fn a_dial_takes_a_round_trip_and_a_frame_the_latency() {
    let (diary, _) = Setup::new(&[(100, 50)]).run();
    let told: Vec<(Instant, usize)> = diary.told.iter().map(|(at, node, _)| (*at, *node)).collect();
    assert_eq!(told, [(at(10), 1), (at(20), 0)]);
    assert_eq!(diary.delivered, [(at(110), Way { propagate: Span::from_millis(10), ..Way::default() })]);
}

#[test]
fn two_frames_sent_together_over_mere_latency_arrive_together() {
    let (diary, _) = Setup::new(&[(100, 50), (100, 50)]).run();
    assert_eq!(diary.delivered.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(110), at(110)]);
}

#[test]
fn bandwidth_makes_the_second_wait_for_the_first() {
    let mut setup = Setup::new(&[(100, 942), (100, 942)]);
    setup.link.bandwidth = BitRate::new(8_000_000);
    let (diary, world) = setup.run();
    assert_eq!(diary.delivered.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(111), at(112)]);
    assert_eq!(diary.delivered[1].1.queue, Span::from_millis(1));
    assert_eq!(diary.delivered[1].1.transmit, Span::from_millis(1));
    let spent = world.pipe_uses().next().expect("one link")[0];
    assert_eq!(spent.busy, 2_000_000);
}

#[test]
fn processors_serve_first_come_first_served_at_both_ends() {
    let mut setup = Setup::new(&[(100, 50), (100, 50)]);
    setup.processors =
        [processor(Span::ZERO, Span::from_millis(2)), processor(Span::from_millis(5), Span::ZERO)];
    let (diary, world) = setup.run();
    // Sent at 100, departed at 102 and 104, there at 112 and 114, served at 117 and 122.
    assert_eq!(diary.delivered.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(117), at(122)]);
    assert_eq!(diary.delivered[1].1.queue, Span::from_millis(2 + 3));
    assert_eq!(diary.delivered[1].1.process, Span::from_millis(2 + 5));
    let uses: Vec<(u128, u128, u64)> =
        world.host_uses().map(|spent| (spent.busy, spent.queue_area, spent.queue_peak)).collect();
    assert_eq!(uses, [(4_000_000, 2_000_000, 1), (10_000_000, 3_000_000, 1)]);
}

#[test]
fn tcp_keeps_order_behind_a_lost_packet_and_udp_loses_it() {
    let sends: Vec<(u64, usize)> = (0..200).map(|n| (1_000 + n * 10, 50)).collect();
    let mut setup = Setup::new(&sends);
    setup.link.loss = Ratio::from_parts_per_billion(100_000_000).expect("a tenth");
    let (tcp, world) = setup.run();
    assert_eq!(tcp.delivered.len(), 200);
    assert!(tcp.delivered.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let retransmitted = world.pipe_uses().next().expect("one link")[0].retransmitted;
    assert!((8..40).contains(&retransmitted), "{retransmitted}");
    assert!(tcp.delivered.iter().any(|(_, way)| way.recover == Span::from_millis(200)));

    let mut setup = Setup::new(&sends);
    setup.link.loss = Ratio::from_parts_per_billion(100_000_000).expect("a tenth");
    setup.transport = Transport::Udp;
    let (udp, _) = setup.run();
    assert_eq!(udp.delivered.len() + udp.dropped.len(), 200);
    assert_eq!(udp.dropped.len() as u64, retransmitted, "draw k of the link belongs to frame k");
}

#[test]
fn a_full_queue_drops_datagrams_and_resets_a_stream_over_its_bound() {
    let burst: Vec<(u64, usize)> = (0..10).map(|_| (100, 954)).collect();
    let mut setup = Setup::new(&burst);
    setup.link.bandwidth = BitRate::new(8_000_000);
    setup.link.queue_frames_max = Some(4);
    setup.transport = Transport::Udp;
    let (udp, _) = setup.run();
    assert_eq!((udp.delivered.len(), udp.dropped.len()), (4, 6));
    assert!(udp.dropped.iter().all(|(_, cause)| *cause == Cause::Queue));

    let mut setup = Setup::new(&burst);
    setup.link.bandwidth = BitRate::new(8_000_000);
    setup.backlog_messages_max = 4;
    let (tcp, world) = setup.run();
    assert_eq!(tcp.dropped, [(at(100), Cause::Queue)]);
    assert_eq!(tcp.delivered.len(), 4);
    let closed: Vec<&str> = tcp
        .told
        .iter()
        .filter(|(_, _, what)| what.contains("Closed"))
        .map(|(.., what)| what.as_str())
        .collect();
    assert_eq!(
        closed,
        [format!("{:?}", Change::Closed(Why::Backlog)), format!("{:?}", Change::Closed(Why::Closed))]
    );
    assert_eq!(world.host_uses().next().expect("two nodes").resets, 1);
}

fn deaths(diary: &Diary) -> Vec<(Instant, usize, String)> {
    diary.told.iter().filter(|(_, _, what)| what.contains("Closed")).cloned().collect()
}

#[test]
fn a_silent_peer_is_dead_four_intervals_after_it_was_last_heard() {
    // Heard last: side 1 at 10 ms, side 0 at 20 ms; then answers every 5.02 s until the link breaks at 12 s.
    let mut setup = Setup::new(&[]);
    setup.faults = vec![link_down(12_000, None)];
    let (diary, _) = setup.run();
    let dead = format!("{:?}", Change::Closed(Why::Dead));
    assert_eq!(
        deaths(&diary),
        [(at(10 + 2 * 5_020 + 20_000), 1, dead.clone()), (at(20 + 2 * 5_020 + 20_000), 0, dead)]
    );
}

#[test]
fn a_short_outage_is_survived_and_what_was_sent_arrives_after_it() {
    let mut setup = Setup::new(&[(12_500, 50)]);
    setup.faults = vec![link_down(12_000, Some(20_000))];
    let (diary, _) = setup.run();
    assert_eq!(deaths(&diary), []);
    let way = Way { propagate: Span::from_millis(10), recover: Span::from_millis(7_700), ..Way::default() };
    assert_eq!(diary.delivered, [(at(20_210), way)]);
}

#[test]
fn a_frame_under_way_when_the_link_breaks_is_sent_again() {
    let mut setup = Setup::new(&[(11_995, 50)]);
    setup.faults = vec![link_down(12_000, Some(13_000))];
    let (diary, world) = setup.run();
    assert_eq!(diary.delivered.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(13_210)]);
    let spent = world.pipe_uses().next().expect("one link")[0];
    assert_eq!((spent.entered, spent.left, spent.lost, spent.retransmitted), (2, 1, 1, 1));
}

#[test]
fn a_restarted_peer_resets_at_the_next_question() {
    let mut setup = Setup::new(&[]);
    setup.faults =
        vec![fault(12_000, Some(13_000), Fault::Crash { node: NodeId::new(1), keeps_memory: true })];
    let (diary, _) = setup.run();
    // Node 0 heard last at 20 + 2 * 5,020 ms and asks 5 s later; the answer takes a round trip.
    let reset = format!("{:?}", Change::Closed(Why::Reset));
    assert_eq!(deaths(&diary), [(at(20 + 2 * 5_020 + 5_000 + 20), 0, reset)]);
}

#[test]
fn nobody_answers_when_there_is_no_way_or_the_port_is_blocked() {
    let mut setup = Setup::new(&[]);
    setup.faults = vec![link_down(0, None)];
    let (diary, _) = setup.run();
    assert_eq!(diary.told, [(at(3_000), 0, format!("{:?}", Change::Failed(Why::Unanswered)))]);
    let mut setup = Setup::new(&[]);
    setup.link.ports_blocked = vec![PortBlock { port: 5007, direction: None, by: None }];
    let (diary, _) = setup.run();
    assert_eq!(diary.told, [(at(3_000), 0, format!("{:?}", Change::Failed(Why::PortBlocked)))]);
}

/// Node 0 dials along direction 0: what is blocked in the other one does not concern it.
#[test]
fn a_port_that_is_blocked_one_way_stops_dials_of_that_way_alone() {
    for (direction, told) in [(0, Change::Failed(Why::PortBlocked)), (1, Change::Established)] {
        let mut setup = Setup::new(&[]);
        setup.link.ports_blocked = vec![PortBlock { port: 5007, direction: Some(direction), by: None }];
        let (diary, _) = setup.run();
        let told_first = diary.told.iter().find(|(_, node, _)| *node == 0).map(|(_, _, told)| told.clone());
        assert_eq!(told_first, Some(format!("{told:?}")));
    }
}

/// Two round trips of 20 ms after the first.
#[test]
fn a_handshake_costs_its_round_trips() {
    for (round_trips, established) in [(0, 20), (2, 60)] {
        let mut setup = Setup::new(&[]);
        setup.handshake_round_trips = round_trips;
        let (diary, _) = setup.run();
        let mine = diary.told.iter().find(|(_, node, _)| *node == 0).cloned();
        assert_eq!(mine, Some((at(established), 0, format!("{:?}", Change::Established))));
    }
}

#[test]
fn a_node_without_a_route_knows_at_once_and_its_peer_by_its_silence() {
    for cut in [0, 1] {
        let mut setup = Setup::new(&[]);
        setup.faults = vec![fault(1_000, Some(2_000), Fault::RouteDown { node: NodeId::new(cut) })];
        let (diary, _) = setup.run();
        let here = (at(1_000), cut, format!("{:?}", Change::Closed(Why::NoRoute)));
        // Node 0 heard last when its dial was answered, node 1 when it was dialled; both give up after 4 times 5 s.
        let there = (
            at(20_000 + if cut == 0 { 10 } else { 20 }),
            1 - cut,
            format!("{:?}", Change::Closed(Why::Dead)),
        );
        assert_eq!(deaths(&diary), [here, there]);
    }
    let mut setup = Setup::new(&[]);
    setup.faults = vec![fault(0, None, Fault::RouteDown { node: NodeId::new(1) })];
    let (diary, _) = setup.run();
    assert_eq!(
        diary.told,
        [(at(3_000), 0, format!("{:?}", Change::Failed(Why::Unanswered)))],
        "it was dialled before"
    );
}
