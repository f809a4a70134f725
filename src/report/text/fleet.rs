//! The first lines: is the fleet right, how late does it learn, and what does policy meet?

use super::enforcement;
use crate::report::paint::Paint;
use crate::report::{Decimal, Fleet, LostCounts, Report, words};

/// The fleet in one look.
pub(super) fn section(report: &Report, paint: Paint) -> String {
    let fleet = &report.fleet;
    let mut text = paint.title("FLEET", "all firewalls together; of an HA pair the active one");
    let mut row = |name: &str, value: String| text += &format!("  {name:<13}{value}\n");
    let consistency = fleet.measures.consistency;
    row(
        "consistency",
        format!(
            "{} of address time with the right user   worst window {}   last {}",
            paint.bold(&words::share(consistency.mean)),
            words::share(consistency.min),
            words::share(consistency.last),
        ),
    );
    row("", classes(fleet));
    row(
        "agreement",
        format!(
            "{} of known addresses have the same user on every firewall",
            words::perhaps_share(fleet.agreement.mean)
        ),
    );
    row("staleness", staleness(fleet, paint));
    row("convergence", convergence(fleet));
    row("flows", flows(fleet));
    for (name, value) in enforcement::lines(fleet) {
        row(name, value);
    }
    row("updates", updates(fleet));
    if fleet.measures.down_seconds > Decimal::ZERO {
        row("down", format!("{} in all without any enforcement", words::span(fleet.measures.down_seconds)));
    }
    text
}

fn classes(fleet: &Fleet) -> String {
    let classes = fleet.measures.class_seconds;
    let parts = [
        (classes.outdated, "outdated (wrong user)"),
        (classes.missing, "missing (nobody)"),
        (classes.lingering, "lingering (gone)"),
    ];
    let all =
        parts.iter().map(|(seconds, _)| seconds.billionths()).sum::<i128>() + classes.current.billionths();
    let share = |seconds: Decimal| Decimal::share(seconds.billionths().unsigned_abs(), all.unsigned_abs());
    let parts = parts.map(|(seconds, name)| format!("{} {name}", words::perhaps_share(share(seconds))));
    parts.join("  ")
}

pub(super) fn staleness(fleet: &Fleet, paint: Paint) -> String {
    let spans = fleet.measures.staleness_seconds;
    format!(
        "p50 {}   p99 {}   max {}   from the event to the firewall",
        paint.bold(&words::perhaps_span(spans.p50)),
        paint.bold(&words::perhaps_span(spans.p99)),
        words::perhaps_span(spans.max),
    )
}

fn convergence(fleet: &Fleet) -> String {
    let spans = fleet.convergence_seconds;
    let never = match spans.not_converged {
        0 => String::new(),
        count => format!("; {} never", words::count(count.into())),
    };
    format!(
        "p50 {}   p99 {}   max {}   until all reachable have it{never}",
        words::perhaps_span(spans.p50),
        words::perhaps_span(spans.p99),
        words::perhaps_span(spans.max),
    )
}

fn flows(fleet: &Fleet) -> String {
    let exposure = fleet.measures.exposure;
    format!(
        "{} met another user's policy   {} an unknown user's   of {} flows",
        words::perhaps_share(exposure.wrong_user_share),
        words::perhaps_share(exposure.unknown_user_share),
        words::count((exposure.flows.to_f64().round()) as u128),
    )
}

/// How updates ended, one for each firewall they were meant for; what did not occur is left out.
pub(super) fn updates(fleet: &Fleet) -> String {
    let fates = fleet.measures.fates;
    let LostCounts { total, loss, queue, crash, hops, port, key } = fates.lost;
    let reasons =
        [("loss", loss), ("queue", queue), ("crash", crash), ("hops", hops), ("port", port), ("key", key)];
    let reasons: Vec<String> = reasons
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {}", words::count((*count).into())))
        .collect();
    let lost = if total > 0 { format!("lost ({})", reasons.join(", ")) } else { "lost".to_owned() };
    let parts = [
        (fates.applied, "applied"),
        (fates.superseded, "overtaken"),
        (total, lost.as_str()),
        (fates.refused, "refused"),
        (fates.filtered, "filtered"),
        (fates.pending, "under way"),
    ];
    let mut parts = parts.iter().filter(|(count, name)| *count > 0 || *name == "applied" || *name == "lost");
    let first = parts
        .next()
        .map_or_else(String::new, |(count, name)| format!("{} {name}", words::count((*count).into())));
    parts.fold(first, |text, (count, name)| format!("{text}   {} {name}", words::count((*count).into())))
}
