//! Pipes: one direction of a link. Transmission occupies it; propagation and jitter do not.

use std::collections::{BTreeMap, VecDeque};

use super::host::measured;
use super::line::{Line, Passage, on_the_line};
use super::{Degrading, LinkSettings, Load, Transport};
use crate::random::{Distribution, Seed};
use crate::units::{Instant, Ratio, Span};

/// What one direction of a link carried. Messages, bytes and busy time from `measure_from` on; frames always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PipeUse {
    /// Messages that entered, heartbeats included.
    pub messages: u64,
    /// Bytes that entered, headers and heartbeats included.
    pub bytes: u64,
    /// Time under transmission. Units: ns.
    pub busy: u128,
    /// Frames that entered.
    pub entered: u64,
    /// Frames that left at the far end.
    pub left: u64,
    /// Frames dropped.
    pub lost: u64,
    /// Frames retransmitted.
    pub retransmitted: u64,
    /// Connections opened over it.
    pub connections_opened: u64,
}

#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) line: Line,
    base: LinkSettings,
    /// What faults in force change, by the position of the fault, in the order in which they began.
    degradings: Vec<(usize, Degrading)>,
    /// When what is held goes on its way again.
    pub(super) resumes_at: Instant,
    /// (transmission begins, transmission ends) of what waits or is under transmission.
    waiting: VecDeque<(Instant, Instant)>,
    /// Reasons for which it carries nothing.
    pub(super) down: u32,
    pub(super) up_since: Instant,
    /// Slots of the flights inside, by order of entry.
    pub(super) inside: BTreeMap<u64, usize>,
    /// Slots of the flights that wait for the link to come back, in order.
    pub(super) held: VecDeque<usize>,
    /// The lane that enters it.
    pub(super) lane: Option<usize>,
    /// Frames of its lane that were inside at the end.
    pub(super) lane_inside: u64,
    pub(super) spent: PipeUse,
    /// How busy it was, bin by bin.
    pub(super) load: Load,
    measure_from: Instant,
}

impl Pipe {
    pub(super) fn new(
        settings: LinkSettings,
        seed: Seed,
        name: &str,
        direction: usize,
        from: Instant,
    ) -> Self {
        let stream = |purpose: &str| seed.stream(name, &format!("{purpose}/{direction}"));
        Self {
            base: settings.clone(),
            degradings: Vec::new(),
            resumes_at: Instant::NEVER,
            line: Line::new(settings, stream("jitter"), stream("loss")),
            waiting: VecDeque::new(),
            down: 0,
            up_since: Instant::ZERO,
            inside: BTreeMap::new(),
            held: VecDeque::new(),
            lane: None,
            lane_inside: 0,
            spent: PipeUse::default(),
            load: Load::default(),
            measure_from: from,
        }
    }

    /// One that carries nothing, in the place of one that is elsewhere.
    pub(super) fn hollow() -> Self {
        let settings = LinkSettings {
            latency: Span::ZERO,
            jitter: Distribution::ZERO,
            bandwidth: None,
            loss: Ratio::ZERO,
            retransmission_timeout: Span::ZERO,
            queue_frames_max: None,
            ports_blocked: Vec::new(),
        };
        Self::new(settings, Seed(0), "", 0, Instant::NEVER)
    }

    /// How it carries what enters now.
    pub(super) fn settings(&self) -> &LinkSettings {
        &self.line.settings
    }

    /// A fault changes how it carries what enters from now on; of several, the later wins setting by setting.
    pub(super) fn degrade(&mut self, fault: usize, to: Degrading) {
        self.degradings.push((fault, to));
        self.fold();
    }

    /// A fault no longer changes anything; the others stay.
    pub(super) fn restore(&mut self, fault: usize) {
        self.degradings.retain(|(other, _)| *other != fault);
        self.fold();
    }

    fn fold(&mut self) {
        let mut settings = self.base.clone();
        for (_, to) in &self.degradings {
            settings.latency = to.latency.unwrap_or(settings.latency);
            settings.jitter = to.jitter.clone().unwrap_or(settings.jitter);
            settings.bandwidth = to.bandwidth.or(settings.bandwidth);
            settings.loss = to.loss.unwrap_or(settings.loss);
        }
        self.line.settings = settings;
    }

    /// Whether a datagram finds no room at `now`.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        self.settle(now);
        self.settings().queue_frames_max.is_some_and(|max| self.waiting.len() >= max as usize)
    }

    /// Counts what a heartbeat costs: two small packets, no time on the line.
    pub(super) fn count_small(&mut self, now: Instant, packets: u64, payload: u64) {
        if now >= self.measure_from {
            self.count_more_small(packets, payload);
        }
    }

    /// Counts small packets of which it is known that they count.
    pub(super) fn count_more_small(&mut self, packets: u64, payload: u64) {
        self.spent.messages += packets;
        self.spent.bytes += packets * on_the_line(Transport::Tcp, payload).1.0;
    }

    /// Takes a frame in at `now`.
    pub(super) fn enter(
        &mut self,
        now: Instant,
        transport: Transport,
        messages: u32,
        payload: u64,
    ) -> Passage {
        self.settle(now);
        let passage = self.line.enter(now, transport, payload);
        if passage.cleared > now {
            self.waiting.push_back((passage.start, passage.cleared));
        }
        self.spent.entered += 1;
        if now >= self.measure_from {
            self.spent.messages += u64::from(messages);
            self.spent.bytes += passage.size.0;
        }
        if passage.is_retransmitted {
            self.spent.retransmitted += 1;
        }
        passage
    }

    /// Accounts for what has been transmitted by `now`.
    pub(super) fn settle(&mut self, now: Instant) {
        while self.waiting.front().is_some_and(|(_, cleared)| *cleared <= now) {
            let (start, cleared) = self.waiting.pop_front().expect("there is a front");
            self.spent.busy += measured(self.measure_from, start, cleared);
            self.load.add(self.measure_from, start, cleared);
        }
    }

    /// Empties the line: the link went down, or the run is over.
    pub(super) fn clear(&mut self, now: Instant) {
        self.settle(now);
        for (start, cleared) in self.waiting.drain(..) {
            self.spent.busy += measured(self.measure_from, start, cleared.min(now));
            self.load.add(self.measure_from, start, cleared.min(now));
        }
        self.line.clear(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::line::HEADER_TCP;
    use crate::units::BitRate;

    fn settings() -> LinkSettings {
        LinkSettings {
            latency: Span::from_millis(20),
            jitter: Distribution::ZERO,
            bandwidth: BitRate::new(8_000_000),
            loss: Ratio::ZERO,
            retransmission_timeout: Span::from_millis(200),
            queue_frames_max: Some(2),
            ports_blocked: Vec::new(),
        }
    }

    #[test]
    fn transmission_occupies_the_pipe_and_propagation_does_not() {
        let mut pipe = Pipe::new(settings(), Seed(1), "wan", 0, Instant::ZERO);
        let payload = 1_000 - HEADER_TCP;
        let first = pipe.enter(Instant::ZERO, Transport::Tcp, 1, payload);
        let second = pipe.enter(Instant::ZERO, Transport::Tcp, 1, payload);
        assert_eq!(first.clean, Instant::after_start(Span::from_millis(21)));
        assert_eq!(second.start, Instant::after_start(Span::from_millis(1)));
        assert_eq!(second.clean, Instant::after_start(Span::from_millis(22)));
        assert!(pipe.is_full(Instant::ZERO));
        assert!(!pipe.is_full(first.cleared));
        pipe.clear(second.cleared);
        assert_eq!(pipe.spent.busy, 2_000_000);
        assert_eq!(pipe.spent.bytes, 2_000);
    }
}
