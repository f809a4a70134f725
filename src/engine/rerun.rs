//! Rerun: what a line does with a lane's frames between which others enter it, found a second time rather than kept. There are as
//! many as the lane has receivers, for each of the few others.
//!
//! Knows what else happened to the line, and after how many of the lane's frames. Must not know what a frame is.

use std::collections::VecDeque;

use super::line::{Line, Passage};
use super::{LinkSettings, Transport};
use crate::units::Instant;

/// What happened to a line beside a lane's frames.
#[derive(Debug)]
enum Other {
    /// A frame entered it.
    Entered { now: Instant, transport: Transport, payload: u64 },
    /// It has other settings.
    Changed(Box<LinkSettings>),
}

/// A line as it was before the first of a lane's frames that have entered and are not scanned yet. Cost: 40 bytes for each frame
/// that is not the lane's.
#[derive(Debug)]
pub(super) struct Rerun {
    line: Line,
    /// After how many of the lane's frames, and what, in order.
    others: VecDeque<(u64, Other)>,
    entered: u64,
    found: u64,
}

impl Rerun {
    /// From now on.
    pub(super) fn new(line: Line) -> Self {
        Self { line, others: VecDeque::new(), entered: 0, found: 0 }
    }

    /// One of the lane's frames entered.
    pub(super) fn enter(&mut self) {
        self.entered += 1;
    }

    /// Another frame entered.
    pub(super) fn enter_other(&mut self, now: Instant, transport: Transport, payload: u64) {
        self.others.push_back((self.entered, Other::Entered { now, transport, payload }));
    }

    /// The line has other settings.
    pub(super) fn change(&mut self, settings: LinkSettings) {
        self.others.push_back((self.entered, Other::Changed(Box::new(settings))));
    }

    /// What the line did with the next of the lane's frames, which came to it at `ready`; `None`: that has not entered.
    pub(super) fn next(&mut self, ready: Instant, payload: u64) -> Option<Passage> {
        if self.found == self.entered {
            return None;
        }
        while self.others.front().is_some_and(|(before, _)| *before <= self.found) {
            match self.others.pop_front().expect("there is a front").1 {
                Other::Entered { now, transport, payload } => {
                    self.line.enter(now, transport, payload);
                }
                Other::Changed(settings) => self.line.settings = *settings,
            }
        }
        self.found += 1;
        Some(self.line.enter(ready, Transport::Tcp, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Distribution, Seed};
    use crate::units::{BitRate, Ratio, Span};

    #[test]
    fn a_line_does_the_same_again_whatever_came_between() {
        let settings = |latency| LinkSettings {
            latency: Span::from_millis(latency),
            jitter: Distribution::Exponential { mean: Span::from_millis(5) },
            bandwidth: BitRate::new(1_000_000),
            loss: Ratio::from_parts_per_billion(300_000_000).expect("less than all"),
            retransmission_timeout: Span::from_millis(200),
            queue_frames_max: None,
            ports_blocked: Vec::new(),
        };
        let [jitter, loss] = ["jitter", "loss"].map(|purpose| Seed(1).stream("wan", purpose));
        let mut line = Line::new(settings(20), jitter, loss);
        let at = |millis| Instant::after_start(Span::from_millis(millis));
        line.enter(at(0), Transport::Udp, 9_000);
        let mut rerun = Rerun::new(line.clone());
        let mut passages = Vec::new();
        for step in 0..40 {
            match step % 8 {
                1 => {
                    line.enter(at(step), Transport::Udp, 700);
                    rerun.enter_other(at(step), Transport::Udp, 700);
                }
                2 | 3 => {
                    line.enter(at(step), Transport::Tcp, 900);
                    rerun.enter_other(at(step), Transport::Tcp, 900);
                }
                5 => {
                    line.settings = settings(step);
                    rerun.change(settings(step));
                }
                _ => {
                    passages.push((step, line.enter(at(step), Transport::Tcp, 100 * step)));
                    rerun.enter();
                }
            }
        }
        for (step, passage) in passages {
            assert_eq!(rerun.next(at(step), 100 * step), Some(passage), "{step}");
        }
        assert_eq!(rerun.next(at(40), 100), None);
    }
}
