//! `capacity-below-population`: how many addresses a table holds beside how many users it may be told of.

use super::view::{Sayings, View};
use crate::topology::Rule;
use crate::units::Span;
use crate::workload::Spec;

/// Looks at every table.
pub(super) fn look(view: &View<'_>, sayings: &mut Sayings) {
    let Some(crowds) = &view.crowds else { return };
    for (id, node, settings) in view.tables() {
        let users = crowds.at(id).users.min(at_once(&view.scenario.workload, settings.timeout));
        if users > settings.capacity {
            let fact =
                format!("its table holds {} addresses, and it is told of {users} users", settings.capacity);
            sayings.say(Rule::CapacityBelowPopulation, view.places(id).capacity, &node.name, fact);
        }
    }
}

/// Of a stream without end: how many entries live at once.
fn at_once(spec: &Spec, timeout: Option<Span>) -> u64 {
    let Spec::Arrivals(arrivals) = spec else { return u64::MAX };
    let (Some(gap), Some(timeout)) = (arrivals.gap.mean().filter(|gap| !gap.is_zero()), timeout) else {
        return u64::MAX;
    };
    timeout.nanos() / gap.nanos()
}
