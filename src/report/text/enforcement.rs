//! Lines of policy, quarantine and the dataplane, where the file asks for them.

use crate::report::{Decimal, Fleet, words};

/// Each line's name and text.
pub(super) fn lines(fleet: &Fleet) -> Vec<(&'static str, String)> {
    let measures = &fleet.measures;
    let mut lines = Vec::new();
    if let Some(policy) = &measures.policy {
        let all = policy.all;
        let text = format!(
            "{} of {} flows decided right   {} wrongly let through   {} wrongly denied",
            words::perhaps_share(all.right_share),
            flows(all.flows),
            words::perhaps_share(all.wrong_allow_share),
            words::perhaps_share(all.wrong_deny_share),
        );
        lines.push(("policy", text));
    }
    if let (Some(times), Some(met)) = (measures.time_to_quarantine_seconds, measures.quarantine) {
        let text = format!(
            "p50 {}   p99 {}   max {}   from a threat's log to the block; {} never",
            words::perhaps_span(times.p50),
            words::perhaps_span(times.p99),
            words::perhaps_span(times.max),
            words::count(times.not_quarantined.into()),
        );
        lines.push(("quarantine", text));
        let text = format!(
            "{} flows let through until then or after a move   {} of innocents blocked",
            flows(met.let_through),
            flows(met.innocent_blocked),
        );
        lines.push(("", text));
    }
    if let (Some(dataplane), Some(hidden)) = (measures.dataplane, measures.dataplane_hidden_seconds) {
        let text = format!(
            "{} entries refused where it was full   {} address-seconds that policy did not know",
            words::count(dataplane.refused.into()),
            words::seconds(hidden),
        );
        lines.push(("dataplane", text));
    }
    lines
}

fn flows(flows: Decimal) -> String {
    words::count(flows.to_f64().round() as u128)
}
