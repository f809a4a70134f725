//! Traps that others fell into.

use uidsim::engine::{Moment, Observer, Transport};
use uidsim::ids::{AddressId, LinkId, NodeId};
use uidsim::mapping::Conflict;
use uidsim::observe::Witness;
use uidsim::roles::{Announce, Note, PointSettings, PushSettings, Role as Cast, Withholding};
use uidsim::scenario::FaultKind;
use uidsim::simulate::Course;
use uidsim::topology::{Kind, Role};
use uidsim::units::{Instant, Span};
use uidsim::workload::Event;

use crate::tiny::{Tiny, log, point, push, read, seconds};

/// When each frame with mappings was sent and delivered, in order, and by whom.
#[derive(Default)]
struct Landings {
    sent: Vec<(Instant, NodeId)>,
    landed: Vec<(Instant, NodeId)>,
}

impl Observer<Cast> for Landings {
    fn on_moment(&mut self, at: Instant, moment: &Moment<'_, Cast>) {
        match moment {
            Moment::Sent { from, frame, .. } if frame.mappings() > 0 => self.sent.push((at, *from)),
            Moment::Delivered { from, frame, .. } if frame.mappings() > 0 => self.landed.push((at, *from)),
            _ => {}
        }
    }
}

/// Sources that push to the last node, over a link or not.
fn pushers(count: usize, is_far: bool, conflict: Conflict) -> Tiny {
    let mut tiny = Tiny::new(30);
    for _ in 0..count {
        tiny = tiny.node(Kind::Source, usize::from(is_far), push(count));
    }
    tiny.firewall(PointSettings { conflict, ..point() })
}

#[test]
fn latency_is_no_server() {
    let latency = Span::from_millis(50);
    let mut tiny = pushers(3, true, Conflict::Newest).link(latency);
    for source in 0..3 {
        tiny = tiny.notices(source, 10, Event::LogOn, source, source);
    }
    // Two frames of one connection at one instant, too.
    tiny = tiny.notices(0, 10, Event::LogOn, 3, 3);
    let mut landings = Landings::default();
    tiny.run(&mut [&mut landings]);
    assert!(landings.sent.len() >= 3 && landings.sent.len() == landings.landed.len());
    assert!(landings.sent.iter().all(|(at, _)| *at == seconds(10)));
    assert!(landings.landed.iter().all(|(at, _)| *at == seconds(10).later(latency)), "{:?}", landings.landed);
}

#[test]
fn ties_go_in_the_order_of_booking() {
    for count in [2, 5, 9] {
        let mut tiny = pushers(count, false, Conflict::Arrival);
        for source in 0..count {
            tiny = tiny.notices(source, 10, Event::LogOn, source, 0);
        }
        let mut landings = Landings::default();
        let mut witness = Witness::new(&tiny.scenario, &tiny.workload);
        tiny.run(&mut [&mut landings, &mut witness]);
        let order: Vec<usize> = landings.landed.iter().map(|(_, from)| from.index()).collect();
        assert_eq!(order, (0..count).collect::<Vec<usize>>(), "declared order is the order at one instant");
        let judged = witness.judge(seconds(20), NodeId::new(count), AddressId::new(0));
        assert_eq!(judged.answer.map(|user| user.index()), Some(count - 1), "the last one booked wins");
    }
}

/// An expiry and an application at one instant: the application goes first, so nothing expires.
#[test]
fn what_is_applied_as_it_expires_stays() {
    #[derive(Default)]
    struct Expiries(usize);
    impl Observer<Cast> for Expiries {
        fn on_moment(&mut self, _: Instant, moment: &Moment<'_, Cast>) {
            if let Moment::Note { note: Note::Expired(addresses), .. } = moment {
                self.0 += addresses.len();
            }
        }
    }
    let timeout = Some(Span::from_seconds(5));
    let mut tiny =
        Tiny::new(28).node(Kind::Source, 0, push(1)).firewall(PointSettings { timeout, ..point() });
    for at in [5, 10, 15, 20, 25] {
        tiny = tiny.notices(0, at, Event::Refresh, 0, 0);
    }
    let mut expiries = Expiries::default();
    tiny.run(&mut [&mut expiries]);
    assert_eq!(expiries.0, 0);
}

/// A source that sends datagrams starts again while there is no way, which comes back later.
#[test]
fn a_datagram_goes_as_soon_as_there_is_a_way() {
    let Role::Push(settings) = push(1) else { unreachable!("it pushes") };
    let source = Role::Push(PushSettings { transport: Transport::Udp, ..settings });
    let mut tiny = Tiny::new(40).node(Kind::Source, 1, source).firewall(point()).link(Span::ZERO);
    for at in [5, 15, 25, 35] {
        tiny = tiny.notices(0, at, Event::LogOn, 0, 0);
    }
    let crash = FaultKind::Crash { node: NodeId::new(0), keeps_table: false };
    let tiny = tiny.fault(crash, 8, 12).fault(FaultKind::LinkDown { link: LinkId::new(0) }, 10, 20);
    let mut landings = Landings::default();
    tiny.run(&mut [&mut landings]);
    let at = |frames: &[(Instant, NodeId)]| frames.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(at(&landings.sent), [5, 15, 25, 35].map(seconds));
    assert_eq!(at(&landings.landed), [5, 25, 35].map(seconds));
}

/// A log, an agent, a Panorama and two firewalls under a steady load for this many seconds.
fn steady(duration: u64) -> Course {
    let announce = Announce { interval: Span::from_seconds(2), ..point().announce };
    let timeout = Some(Span::from_seconds(30));
    let node = || PointSettings { announce, timeout, ..point() };
    let agent = PointSettings { reads: vec![read(0, Span::from_seconds(1))], ..node() };
    let mut tiny = Tiny::new(duration)
        .node(Kind::DomainController, 0, log())
        .node(Kind::Agent, 0, Role::Point(agent))
        .node(Kind::Panorama, 1, Role::Point(node()))
        .firewall(node())
        .firewall(node())
        .link(Span::from_millis(30))
        .session(1, 2)
        .session(2, 3)
        .session(2, 4);
    for at in 1..duration {
        tiny = tiny.notices(0, at, Event::LogOn, at as usize % 7, at as usize % 5);
    }
    tiny.run(&mut [])
}

#[test]
fn what_is_kept_does_not_grow_with_the_length_of_the_run() {
    let (short, long) = (steady(100), steady(1_000));
    assert!(long.events > 8 * short.events, "ten times the work: {} and {}", short.events, long.events);
    for (what, short, long) in [
        ("pending events", short.holdings.events, long.holdings.events),
        ("frames in the air", short.holdings.flights, long.holdings.flights),
        ("journal entries", short.journal_len, long.journal_len),
    ] {
        assert!(long <= short + 4, "{what} grow from {short} to {long}");
    }
}

/// Each update that was left out of a frame, and for whom.
#[derive(Default)]
struct LeftOut(Vec<(usize, u64)>);

impl Observer<Cast> for LeftOut {
    fn on_moment(&mut self, _: Instant, moment: &Moment<'_, Cast>) {
        if let Moment::Note { note: Note::Withheld { to, updates, why: Withholding::Coalesced }, .. } = moment
        {
            self.0.extend(updates.iter().map(|(_, sequence)| (to.index(), *sequence)));
        }
    }
}

/// Clients that follow in step are told at once, but not where something is left out for each of them.
#[test]
fn every_client_is_told_what_a_tick_leaves_out() {
    let announce = Announce { interval: Span::from_seconds(10), coalesce: true, ..point().announce };
    let mut tiny = Tiny::new(60)
        .node(Kind::Source, 0, push(1))
        .node(Kind::Hub, 0, Role::Point(PointSettings { announce, ..point() }))
        .firewall(point())
        .firewall(point())
        .session(1, 2)
        .session(1, 3);
    // One in the first tick, then two of one address in each of three.
    for (user, at) in [5, 21, 23, 31, 35, 42, 44].into_iter().enumerate() {
        tiny = tiny.notices(0, at, Event::LogOn, user, 0);
    }
    let mut left_out = LeftOut::default();
    tiny.run(&mut [&mut left_out]);
    assert_eq!(left_out.0, [(2, 1), (3, 1), (2, 3), (3, 3), (2, 5), (3, 5)]);
}
