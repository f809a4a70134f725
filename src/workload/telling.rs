//! Telling: by what rule a source tells of the stays that it hears of, and what becomes of one stay.
//!
//! Knows one stay and the timers of whoever keeps a session for it. Must not know sites or other users.

use super::{Event, generate::Noticed};
use crate::random::{Distribution, Stream};
use crate::units::{Ratio, Span};

/// By what rule a source tells of stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Telling {
    /// Log-ons, refreshes and log-offs one by one, each noticed by whichever source of the site it happens to reach.
    #[default]
    Noticing,
    /// The same, by a log that holds some of them only.
    Log {
        /// What it holds.
        holds: Classes,
        /// From a log-on or refresh to a log-off although the user is still there; `None`: it writes none.
        session_ends: Option<Distribution>,
    },
    /// A captive portal: an idle timer and a session timer.
    Portal {
        /// From the end of a stay to the log-off.
        idle: Span,
        /// From a log-on to the log-off, whether the user is there or not.
        session: Span,
        /// From then to the next log-on of a user who is there.
        again: Distribution,
    },
    /// A GlobalProtect gateway.
    Gateway {
        /// From a log-on to the log-off, whether the user is there or not.
        login_lifetime: Span,
        /// From the end of a stay without a signal to the log-off.
        inactivity: Span,
        /// Between two refreshes.
        check: Span,
        /// The share of stays that end with a signal.
        log_out: Ratio,
        /// From the end of the login lifetime to the next log-on of a user who is there.
        again: Distribution,
    },
    /// RADIUS accounting.
    Radius {
        /// Between two refreshes.
        interim: Span,
        /// The share of stays whose end is never told.
        stop_missing: Ratio,
    },
    /// A list of open sessions: refreshes only, beside whatever else tells of the stay.
    Sessions {
        /// Between two of them.
        gap: Distribution,
    },
}

/// Some of the three classes of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// Log-ons, those of service accounts included.
    pub log_ons: bool,
    /// Refreshes.
    pub refreshes: bool,
    /// Log-offs.
    pub log_offs: bool,
}

impl Classes {
    /// Whether an event is in one of them.
    #[must_use]
    pub fn hold(self, event: Event) -> bool {
        match event {
            Event::LogOff => self.log_offs,
            Event::LogOn | Event::ServiceLogOn => self.log_ons,
            Event::Refresh => self.refreshes,
        }
    }

    /// As bits: 1, 2 and 4.
    #[must_use]
    pub fn bits(self) -> u32 {
        u32::from(self.log_ons) | u32::from(self.refreshes) << 1 | u32::from(self.log_offs) << 2
    }

    /// From bits; those that mean nothing are not looked at.
    #[must_use]
    pub fn from_bits(bits: u32) -> Self {
        Self { log_ons: bits & 1 != 0, refreshes: bits & 2 != 0, log_offs: bits & 4 != 0 }
    }
}

impl Telling {
    /// Whether a source that notices single things notices such.
    #[must_use]
    pub fn writes(&self, event: Event) -> bool {
        match self {
            Self::Log { holds, .. } => holds.hold(event),
            _ => true,
        }
    }

    /// Whether one source tells of a whole stay, from its begin to its end.
    #[must_use]
    pub fn keeps_sessions(&self) -> bool {
        matches!(self, Self::Gateway { .. } | Self::Portal { .. } | Self::Radius { .. })
    }
}

/// A stay as its keeper sees it. Units: nanoseconds from virtual zero, negative before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// From when on.
    pub(super) start: i128,
    /// Until when.
    pub(super) end: i128,
    /// When the same user begins his next stay with the same keeper.
    pub(super) next: Option<i128>,
    /// Nothing later is asked for.
    pub(super) horizon: i128,
}

/// What a keeper draws from, for one user.
pub(super) struct Luck {
    /// When he logs on again.
    pub(super) again: Stream,
    /// Whether his leaving is told.
    pub(super) leaving: Stream,
}

/// What `telling` tells of one stay, in time order. Panics for one that keeps no sessions.
pub(super) fn told(
    telling: &Telling,
    kept: Kept,
    luck: &mut Luck,
    noticed: &mut Noticed,
) -> Vec<(i128, Event)> {
    let nanos = |span: &Span| i128::from(span.nanos());
    match telling {
        Telling::Portal { idle, session, again } => {
            let timers = Timers { session: nanos(session), refresh: None, leaves: kept.end + nanos(idle) };
            timers.run(kept, again, &mut luck.again, noticed)
        }
        Telling::Gateway { login_lifetime, inactivity, check, log_out, again } => {
            let forgotten = kept.end + nanos(inactivity);
            // On another network the tunnel is set up anew, and the gateway maps the user to his new address.
            let moved = kept.next.map_or(forgotten, |next| next.min(forgotten));
            let leaves = if luck.leaving.chance(*log_out) { kept.end } else { moved };
            let timers = Timers { session: nanos(login_lifetime), refresh: Some(nanos(check)), leaves };
            timers.run(kept, again, &mut luck.again, noticed)
        }
        Telling::Radius { interim, stop_missing } => {
            let is_missing = luck.leaving.chance(*stop_missing);
            let leaves = if is_missing { i128::MAX } else { kept.end };
            let timers = Timers { session: i128::MAX, refresh: Some(nanos(interim)), leaves };
            timers.run(kept, &Distribution::ZERO, &mut luck.again, noticed)
        }
        Telling::Log { .. } | Telling::Noticing | Telling::Sessions { .. } => {
            unreachable!("it keeps no sessions")
        }
    }
}

/// The timers of a session's keeper.
struct Timers {
    /// From a log-on to its end at the latest.
    session: i128,
    /// Between two refreshes of a user who is there.
    refresh: Option<i128>,
    /// When the keeper takes a user who has left for gone.
    leaves: i128,
}

impl Timers {
    fn run(
        &self,
        kept: Kept,
        again: &Distribution,
        random: &mut Stream,
        noticed: &mut Noticed,
    ) -> Vec<(i128, Event)> {
        let mut events = Vec::new();
        let mut begins = kept.start;
        while begins <= kept.horizon && noticed.spend() {
            events.push((begins, Event::LogOn));
            let over = begins.saturating_add(self.session);
            let ends = over.min(self.leaves);
            if let Some(gap) = self.refresh {
                let mut at = begins.saturating_add(gap);
                while at < ends.min(kept.end) && at <= kept.horizon && noticed.spend() {
                    events.push((at, Event::Refresh));
                    at += gap;
                }
            }
            if ends <= kept.horizon {
                events.push((ends, Event::LogOff));
            }
            if over >= kept.end {
                break;
            }
            begins = over + i128::from(again.draw(random).nanos());
            if begins >= kept.end {
                break;
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;
    use crate::units::Instant;

    const M: i128 = 60_000_000_000;

    fn minutes(n: u64) -> Span {
        Span::from_seconds(60 * n)
    }

    fn told_of(telling: &Telling, start: i128, end: i128, next: Option<i128>) -> Vec<(i128, Event)> {
        let stream = |purpose| Seed(1).stream("user", purpose);
        let mut luck = Luck { again: stream("again"), leaving: stream("leaving") };
        let kept = Kept { start: start * M, end: end * M, next: next.map(|next| next * M), horizon: 600 * M };
        let mut noticed = Noticed::until(Instant::NEVER);
        let events = told(telling, kept, &mut luck, &mut noticed);
        events.into_iter().map(|(at, event)| (at / M, event)).collect()
    }

    #[test]
    fn a_portal_ends_sessions_by_whichever_timer_is_first() {
        let again = Distribution::Constant(minutes(5));
        let portal = Telling::Portal { idle: minutes(15), session: minutes(60), again };
        let (on, off) = (Event::LogOn, Event::LogOff);
        assert_eq!(told_of(&portal, 0, 20, None), [(0, on), (35, off)], "idle");
        assert_eq!(
            told_of(&portal, 0, 50, None),
            [(0, on), (60, off)],
            "the session's end comes before idle"
        );
        let long = [(0, on), (60, off), (65, on), (125, off), (130, on), (155, off)];
        assert_eq!(told_of(&portal, 0, 140, None), long, "a user who stays logs on again");
        assert_eq!(told_of(&portal, 0, 62, None), [(0, on), (60, off)], "who has left meanwhile does not");
    }

    #[test]
    fn a_gateway_maps_a_user_anew_when_his_network_changes() {
        let again = Distribution::Constant(minutes(1));
        let gateway = |log_out| Telling::Gateway {
            login_lifetime: minutes(240),
            inactivity: minutes(180),
            check: minutes(60),
            log_out,
            again: again.clone(),
        };
        let (on, off, still) = (Event::LogOn, Event::LogOff, Event::Refresh);
        let unnoticed = gateway(Ratio::ZERO);
        assert_eq!(
            told_of(&unnoticed, 0, 90, None),
            [(0, on), (60, still), (240, off)],
            "lifetime before inactivity"
        );
        assert_eq!(told_of(&unnoticed, 0, 50, None), [(0, on), (230, off)], "inactivity");
        assert_eq!(told_of(&unnoticed, 0, 50, Some(80)), [(0, on), (80, off)], "he is back from elsewhere");
        let whole = Ratio::from_parts_per_billion(Ratio::WHOLE).expect("the whole");
        assert_eq!(told_of(&gateway(whole), 0, 50, Some(80)), [(0, on), (50, off)], "a signal");
        let long = told_of(&gateway(whole), 0, 300, None);
        assert_eq!(long[4..], [(240, off), (241, on), (300, off)], "he logs in again");
    }

    #[test]
    fn radius_refreshes_until_a_stop_that_may_be_missing() {
        let radius = |stop_missing| Telling::Radius { interim: minutes(10), stop_missing };
        let (on, off, still) = (Event::LogOn, Event::LogOff, Event::Refresh);
        assert_eq!(
            told_of(&radius(Ratio::ZERO), 0, 25, None),
            [(0, on), (10, still), (20, still), (25, off)]
        );
        let whole = Ratio::from_parts_per_billion(Ratio::WHOLE).expect("the whole");
        assert_eq!(told_of(&radius(whole), 0, 25, None), [(0, on), (10, still), (20, still)]);
    }

    #[test]
    fn classes_go_into_bits_and_back() {
        for bits in 0..8 {
            assert_eq!(Classes::from_bits(bits).bits(), bits);
        }
        let log_offs = Classes { log_offs: true, ..Classes::default() };
        assert!(
            log_offs.hold(Event::LogOff) && !log_offs.hold(Event::LogOn) && !log_offs.hold(Event::Refresh)
        );
    }
}
