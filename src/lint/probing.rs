//! `probing-overload`: can an agent ask all its addresses within the interval?

use super::view::{Sayings, View};
use crate::topology::{Role, Rule};

/// Looks at everybody who probes.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let Some(crowds) = &view.crowds else { return };
    for (clients, agent, probed) in view.topology().probed() {
        let Role::Point(_) = &view.node(agent).role else { continue };
        let users = crowds.at(agent).users as f64;
        let per_second = users / probed.interval.seconds();
        let open = per_second * probed.answer.mean().map_or(0.0, crate::units::Span::seconds);
        if open > f64::from(probed.at_once) {
            let fact = format!(
                "{users:.0} addresses every {} are {per_second:.1} probes a second, of which about {open:.0} would be open at \
                 once; {} may be",
                probed.interval, probed.at_once
            );
            sayings.say(Rule::ProbingOverload, view.places(clients).key, view.name(agent), fact);
        }
    }
}
