//! What only some sources do: slow and held queries, events left out, timers of session keepers, probed clients.
//!
//! Drawn from a stream of its own, so that whoever adds something here moves nothing else of a case.

use uidsim::engine::{Keepalive, Processor, Transport};
use uidsim::ids::NodeId;
use uidsim::random::Distribution;
use uidsim::roles::{LogMore, Probed, PushMore, PushSettings, Reconnect};
use uidsim::topology::{Kind, Node, Role};
use uidsim::units::{Ratio, Span};
use uidsim::workload::{Classes, Telling};

use super::Grower;

impl Grower {
    pub(super) fn origins(&mut self) {
        for index in 0..self.nodes.len() {
            let more =
                LogMore { per_record: self.some_span(40, 300), holds: self.often(15), ..LogMore::default() };
            let takes = (0..8).map(|_| self.classes()).collect::<Vec<_>>();
            match &mut self.nodes[index].role {
                Role::Log(log) => log.more = more,
                Role::Point(point) => {
                    for (read, takes) in point.reads.iter_mut().zip(takes) {
                        read.takes = takes;
                    }
                }
                Role::Engine(_) | Role::Push(_) => {}
            }
        }
        if self.members.is_empty() && self.often(20) {
            self.probed();
        }
    }

    /// A rule by which a source tells of stays.
    pub(super) fn telling(&mut self) -> Telling {
        let [one, two, three] = [self.seconds(8), self.seconds(20), self.seconds(6)];
        let again = Distribution::Constant(self.seconds(4));
        let share = Ratio::from_parts_per_billion(Ratio::WHOLE / 2).expect("half");
        match self.origins.below(8) {
            0 => Telling::Portal { idle: one, session: two, again },
            1 => {
                Telling::Gateway { login_lifetime: two, inactivity: one, check: three, log_out: share, again }
            }
            2 => Telling::Radius { interim: three, stop_missing: share },
            3 => Telling::Sessions { gap: Distribution::Constant(three) },
            4 => Telling::Log {
                holds: Classes { log_ons: true, refreshes: self.often(50), log_offs: true },
                session_ends: self.often(50).then_some(again),
            },
            _ => Telling::Noticing,
        }
    }

    fn probed(&mut self) {
        let learners: Vec<NodeId> = self.learners.iter().chain(&self.firewalls).copied().collect();
        let Some(agent) = learners.get(self.origins.below(8) as usize).copied() else { return };
        let probed = Probed {
            interval: self.seconds(20),
            port: 135,
            answer: Distribution::Constant(self.some_span(50, 400)),
            no_answer: self.seconds(3),
            at_once: 1 + self.origins.below(4) as u32,
        };
        let [first, max, interval] = [self.seconds(2), Span::from_seconds(9), self.seconds(4)];
        let settings = PushSettings {
            transport: Transport::Tcp,
            learners: vec![agent],
            port: 135,
            clock_offset_nanos: 0,
            buffer_records_max: 0,
            reconnect: Reconnect { first, max, jitter_percent: 0, connect_timeout: Span::from_seconds(3) },
            keepalive: Keepalive { interval, misses: 2 },
            manner: None,
            more: PushMore { probed: Some(probed), ..PushMore::default() },
        };
        let nothing = Distribution::ZERO;
        let name = "clients".to_owned();
        self.nodes.push(Node {
            key: name.clone(),
            name,
            kind: Kind::Clients,
            site: self.nodes[agent.index()].site,
            ports_blocked: Vec::new(),
            processor: Processor {
                per_message: nothing.clone(),
                per_mapping: nothing.clone(),
                per_send: nothing,
            },
            role: Role::Push(settings),
        });
    }

    /// All records, or some of their classes.
    fn classes(&mut self) -> Option<Classes> {
        if self.often(75) {
            return None;
        }
        Some(Classes::from_bits(1 + self.origins.below(7) as u32))
    }

    fn often(&mut self, percent: u64) -> bool {
        self.origins.below(100) < percent
    }

    fn seconds(&mut self, most: u64) -> Span {
        Span::from_seconds(1 + self.origins.below(most))
    }

    /// Up to so many milliseconds, in so many cases of a hundred; else none.
    fn some_span(&mut self, percent: u64, millis: u64) -> Span {
        if self.often(percent) { Span::from_millis(1 + self.origins.below(millis)) } else { Span::ZERO }
    }
}
