//! Why: where an update's time goes, and what wrong entries are charged to.

use super::worst::causes;
use crate::report::paint::Paint;
use crate::report::{Decimal, Report, words};

const BAR_WIDTH: usize = 20;

/// The parts of the mean staleness.
pub(super) fn time(report: &Report, paint: Paint) -> String {
    let measures = &report.fleet.measures;
    let Some(mean) = measures.staleness_seconds.mean else { return String::new() };
    let means = measures.delay_breakdown_seconds;
    let parts = [
        ("observe", means.observe, "until an agent has read it from its source"),
        ("batch", means.parts.batch, "waiting for a send tick, or for HA sync"),
        ("queue", means.parts.queue, "waiting for a busy processor or line"),
        ("process", means.parts.process, "being read, merged and sent by processors"),
        ("transmit", means.parts.transmit, "bytes over bandwidth"),
        ("propagate", means.parts.propagate, "latency and jitter of links"),
        ("recover", means.parts.recover, "retransmission, reconnect, full tables"),
    ];
    let rows = parts.iter().filter_map(|(name, part, gloss)| {
        let part = (*part)?;
        Some(bar_row(name, words::span(part), share(part, mean)?, gloss))
    });
    let about =
        format!("of {} from event to firewall, on average over all applied updates", words::span(mean));
    paint.title("WHERE THE TIME GOES", &about) + &words::columns(rows.collect(), &[1, 2])
}

/// The address-seconds that are not current, by cause; causes that did not occur are left out.
pub(super) fn blame(report: &Report, paint: Paint) -> String {
    let blame = &report.fleet.measures.blame_seconds;
    let mut parts = causes(blame);
    parts.sort_by_key(|part| std::cmp::Reverse(part.1));
    let all = Decimal::from_nanos(parts.iter().map(|(_, seconds)| seconds.billionths().unsigned_abs()).sum());
    let rows: Vec<Vec<String>> = parts
        .iter()
        .filter(|(_, seconds)| *seconds > Decimal::ZERO)
        .filter_map(|(name, seconds)| {
            Some(bar_row(name, words::seconds(*seconds), share(*seconds, all)?, gloss(name)))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let known = report.fleet.measures.class_seconds.current.billionths() + all.billionths();
    let wrong = share(all, Decimal::from_nanos(known.unsigned_abs()));
    let about = format!(
        "of the {} of address time that was not right, in address-seconds",
        words::perhaps_share(wrong)
    );
    paint.title("WHY ENTRIES ARE WRONG", &about) + &words::columns(rows, &[1, 2])
}

fn gloss(cause: &str) -> &'static str {
    match cause {
        "unobserved" => "no source noticed the change",
        "in transit" => "the news was on its way",
        "lost" => "the news was dropped on its way",
        "expired" => "a timeout ended it too early",
        "conflict" => "another mapping won the address",
        _ => "a session was down, or a restart",
    }
}

fn share(part: Decimal, whole: Decimal) -> Option<Decimal> {
    Decimal::share(part.billionths().unsigned_abs(), whole.billionths().unsigned_abs())
}

fn bar_row(name: &str, value: String, share: Decimal, gloss: &str) -> Vec<String> {
    let percent = format!("{:.1} %", share.to_f64() * 100.0);
    vec![
        name.to_owned(),
        value,
        percent,
        format!("{:<BAR_WIDTH$}", words::bar(share, BAR_WIDTH)),
        gloss.to_owned(),
    ]
}
