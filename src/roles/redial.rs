//! Redialling: when to try again after a session ended.

use super::Reconnect;
use crate::random::Stream;
use crate::units::{Instant, Span};

/// Back-off with jitter.
#[derive(Debug)]
pub(super) struct Redial {
    settings: Reconnect,
    wait: Span,
    jitter: Stream,
}

impl Redial {
    pub(super) fn new(settings: Reconnect, jitter: Stream) -> Self {
        Self { settings, wait: settings.first, jitter }
    }

    /// When to dial again; the wait after that is twice as long, up to the longest.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let extra = self.wait.nanos() / 100 * u64::from(self.settings.jitter_percent);
        let jitter = Span::from_nanos(self.jitter.below(extra + 1));
        let at = now.later(self.wait).later(jitter);
        self.wait = self.settings.max.min(self.wait.times(2));
        at
    }

    /// The session stands: the next wait is the first again.
    pub(super) fn reset(&mut self) {
        self.wait = self.settings.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let span = Span::from_seconds;
        let settings =
            Reconnect { first: span(5), max: span(18), jitter_percent: 0, connect_timeout: span(5) };
        let mut redial = Redial::new(settings, Seed(1).stream("a", "b"));
        let mut next = || redial.next(Instant::ZERO).since_start();
        assert_eq!([next(), next(), next(), next()], [span(5), span(10), span(18), span(18)]);
        redial.reset();
        assert_eq!(redial.next(Instant::ZERO).since_start(), span(5));
    }
}
