//! `timeout-below-refresh-gap`, `timeout-above-lease`, `login-only-feed`: how long an entry lives beside how long its
//! user is not seen, and how long the address stays his.

use super::limits::GAPS_ABOVE_TIMEOUT_MAX;
use super::view::{Sayings, View};
use crate::ids::NodeId;
use crate::random::Distribution;
use crate::topology::{Role, Rule};
use crate::units::{Ratio, Span};
use crate::workload::Spec;

/// Looks at the timeouts of enforcement points, and at log-offs.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let places = &view.scenario.margin.places.workload;
    let seen = seen(&view.scenario.workload);
    let rest = rest(&view.scenario.workload);
    for (id, node, settings) in view.tables().filter(|(_, _, settings)| settings.enforces) {
        if let (Some((gap, what)), Some(timeout)) = (seen, settings.timeout) {
            let share = gap.share_above(timeout);
            if share > GAPS_ABOVE_TIMEOUT_MAX {
                let fact =
                    format!("an entry lives {timeout}, and {:.0} % of {what} are longer", share * 100.0);
                sayings.say(Rule::TimeoutBelowRefreshGap, view.places(id).timeout, &node.name, fact);
            }
        }
        if let Some(rest) = rest
            && settings.timeout.is_none_or(|timeout| rest < timeout)
        {
            let fact =
                format!("an entry lives longer than the {rest} after which an address is somebody else's");
            sayings.say(Rule::TimeoutAboveLease, places.lease_rest, &node.name, fact);
        }
    }
    if is_login_only(&view.scenario.workload) {
        for source in view.feeds.sources().filter(|source| !keeps_sessions(view, *source)) {
            let fact =
                "none of the log-offs is noticed, so that an entry ends by its timeout alone".to_owned();
            sayings.say(Rule::LoginOnlyFeed, places.log_off_observed, view.name(source), fact);
        }
    }
}

/// Whether a source tells of whole stays by timers of its own.
fn keeps_sessions(view: &View<'_>, source: NodeId) -> bool {
    matches!(&view.node(source).role, Role::Push(push) if push.more.telling.keeps_sessions())
}

/// How long a user who is there is not seen, unless all sources keep sessions.
fn seen(spec: &Spec) -> Option<(&Distribution, &'static str)> {
    match spec {
        Spec::Arrivals(arrivals) if arrivals.telling.keeps_sessions() => None,
        Spec::Population(people) if people.sources.iter().all(|reach| reach.telling.keeps_sessions()) => None,
        Spec::Arrivals(arrivals) => match (&arrivals.refresh_gap, &arrivals.stay) {
            (Some(gap), _) => Some((gap, "the gaps between refreshes")),
            (None, stay) => {
                stay.as_ref().map(|stay| (stay, "the stays, of which nothing is seen in between,"))
            }
        },
        Spec::Population(people) => Some((&people.refresh_gap, "the gaps between refreshes")),
        Spec::Replay(_) => None,
    }
}

/// How long an address rests on average, where some users leave it unnoticed.
fn rest(spec: &Spec) -> Option<Span> {
    match spec {
        Spec::Population(people) if people.log_off_observed.parts_per_billion() < Ratio::WHOLE => {
            people.lease_rest.mean()
        }
        Spec::Arrivals(_) | Spec::Population(_) | Spec::Replay(_) => None,
    }
}

fn is_login_only(spec: &Spec) -> bool {
    match spec {
        Spec::Arrivals(arrivals) => arrivals.log_off_observed == Ratio::ZERO && arrivals.stay.is_some(),
        Spec::Population(people) => people.log_off_observed == Ratio::ZERO,
        Spec::Replay(_) => false,
    }
}
