//! The story of one address: who is there, what the node answers and why, and every hop on the way.

use super::{View, state_words};
use crate::engine::{Cause, Way};
use crate::ids::AddressId;
use crate::mapping::Outcome;
use crate::observe::{Class, Deed, Judgement, Reason, Told};
use crate::report::words;
use crate::roles::{EdgeState, Withholding};
use crate::scenario::Scenario;
use crate::simulate::Glimpse;
use crate::units::Instant;
use crate::workload::{Event, Stay};

/// The state of the address at the node and the `last` deeds that led there. Shape: text. Errors: none.
///
/// Panics when the glimpse was taken without an address.
#[must_use]
pub fn print(scenario: &Scenario, glimpse: &Glimpse, last: usize) -> String {
    let view = View { scenario, glimpse };
    let address = glimpse.address.expect("a story is of an address");
    let mut text = format!("{} on {}\n\n", glimpse.workload.addresses[address.index()], view.headline());
    text += &words::columns(verdict(view, address), &[]);
    text += &format!("\nTHE STORY of the address on all ways to {}\n", view.name(glimpse.past.node));
    let mut lines = truth_lines(view, address);
    lines.extend(deed_lines(view));
    lines.sort_by_key(|(at, _)| *at);
    let earlier = lines.len().saturating_sub(last);
    if glimpse.past.forgotten + earlier as u64 > 0 {
        let count = words::count(u128::from(glimpse.past.forgotten) + earlier as u128);
        text += &format!("  … {count} earlier lines; --last shows more\n");
    }
    let rows = lines.split_off(earlier).into_iter().map(|(at, line)| [vec![view.clock(at)], line].concat());
    text + &words::columns(rows.collect(), &[])
}

/// Truth, answer, class and cause.
fn verdict(view: View<'_>, address: AddressId) -> Vec<Vec<String>> {
    let glimpse = view.glimpse;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let stay = stay_at(view, address);
    let truth = match stay {
        Some(stay) => {
            format!("{} since {}", view.user(Some(stay.user)), view.clock(stay.start))
        }
        None => "nobody".to_owned(),
    };
    let answer = match glimpse.past.table.get(&address) {
        Some(held) => format!(
            "{} from {}, applied at {}, timeout in {}",
            view.user(held.mapping.user),
            view.number(held.mapping.source, held.mapping.sequence),
            view.clock(held.applied),
            view.remaining(held),
        ),
        None => "nobody".to_owned(),
    };
    let mut rows = vec![row("truth", truth), row("answer", answer)];
    match glimpse.judgement {
        Some(judgement) => {
            rows.push(row("class", class_words(judgement.class).to_owned()));
            rows.extend(judgement.reason.map(|reason| row("cause", reason_words(view, reason, &judgement))));
        }
        None => rows.push(row("class", "not judged: the node enforces no policy".to_owned())),
    }
    rows
}

fn stay_at<'a>(view: View<'a>, address: AddressId) -> Option<&'a Stay> {
    let at = view.glimpse.at;
    let stays = &view.glimpse.workload.stays;
    stays.iter().find(|stay| stay.address == address && stay.start <= at && at < stay.end)
}

fn class_words(class: Option<Class>) -> &'static str {
    match class {
        Some(Class::Current) => "current: the right user's policy applies",
        Some(Class::Outdated) => "outdated: another user's policy applies",
        Some(Class::Missing) => "missing: an unknown user's policy applies",
        Some(Class::Lingering) => "lingering: the user is gone, the entry waits for the next one",
        None => "none: nobody is known there, or the node does not look",
    }
}

fn reason_words(view: View<'_>, reason: Reason, judgement: &Judgement) -> String {
    match reason {
        Reason::Conflict => "conflict: another mapping won the address".to_owned(),
        Reason::Disconnected => {
            "disconnected: the news waits for a session, or the node restarted".to_owned()
        }
        Reason::Expired => "expired: a timeout ended the entry, the user was still there".to_owned(),
        Reason::InTransit => judgement.hop.map_or_else(
            || "in transit".to_owned(),
            |(from, to)| {
                format!("in transit: the nearest copy is between {} and {}", view.name(from), view.name(to))
            },
        ),
        Reason::Lost => "lost: the news was dropped on its way".to_owned(),
        Reason::Unobserved => "unobserved: no source noticed the change".to_owned(),
    }
}

/// When who came and went.
fn truth_lines(view: View<'_>, address: AddressId) -> Vec<(Instant, Vec<String>)> {
    let at = view.glimpse.at;
    let mut lines = Vec::new();
    for stay in view.glimpse.workload.stays.iter().filter(|stay| stay.address == address) {
        let user = view.user(Some(stay.user));
        let told = |fact: String| vec!["truth".to_owned(), String::new(), fact];
        lines.push((stay.start, told(format!("{user} is there"))));
        lines.push((stay.end, told(format!("{user} is gone"))));
    }
    lines.retain(|(when, _)| *when <= at);
    lines
}

/// The deeds, an arrival and what the table made of it in one line.
fn deed_lines(view: View<'_>) -> Vec<(Instant, Vec<String>)> {
    let mut lines = Vec::new();
    // Every feed begins down; only what follows tells something.
    let begins =
        |told: &&Told| told.at == Instant::ZERO && told.deed == Deed::Edge { state: EdgeState::Down };
    let mut story = view.glimpse.past.story.iter().filter(|told| !begins(told)).peekable();
    while let Some(told) = story.next() {
        let same = |next: &&Told| {
            (next.at, next.from, next.to, next.update) == (told.at, told.from, told.to, told.update)
                && matches!(next.deed, Deed::Merged { .. })
        };
        let mut words = line(view, told);
        if let (Deed::Delivered { way }, Some(merged)) = (told.deed, story.peek().copied().filter(same)) {
            words = line(view, merged);
            if let Some(what) = words.last_mut() {
                *what = format!("{what}; after {}", way_words(way));
            }
            story.next();
        }
        lines.push((told.at, words));
    }
    lines
}

/// A deed: where, which update, what.
fn line(view: View<'_>, told: &Told) -> Vec<String> {
    let place = match told.from {
        Some(from) => format!("{} > {}", view.name(from), view.name(told.to)),
        None => view.name(told.to).to_owned(),
    };
    let update = told.update.map(|(source, sequence)| view.number(source, sequence)).unwrap_or_default();
    vec![place, update, deed(view, told)]
}

pub(super) fn deed(view: View<'_>, told: &Told) -> String {
    match told.deed {
        Deed::Delivered { way } => format!("arrived and served after {}", way_words(way)),
        Deed::Dropped { cause } => match cause {
            Cause::Crash => "dropped: a node crashed",
            Cause::Loss => "dropped: lost on the way",
            Cause::Port => "dropped: the port is blocked",
            Cause::Queue => "dropped: a queue was full",
        }
        .to_owned(),
        Deed::Edge { state } => {
            let (word, gloss) = state_words(state);
            format!("feed is {word}: {gloss}")
        }
        Deed::Expired => "timeout: the entry is gone".to_owned(),
        Deed::Forgotten => "stopped and lost its table".to_owned(),
        Deed::Merged { mapping, outcome } => {
            let what = if mapping.log_off {
                format!("log-off of {}", view.user(mapping.user))
            } else {
                view.user(mapping.user).to_owned()
            };
            outcome_words(view, &what, outcome)
        }
        Deed::Noticed => noticed(view, told),
        Deed::Sent { full: true } => "sent inside a full table".to_owned(),
        Deed::Sent { full: false } => "sent".to_owned(),
        Deed::Withheld { why } => match why {
            Withholding::Coalesced => "not sent: a later update of the address goes in the same tick",
            Withholding::Filtered => "not sent: the session's networks leave it out",
            Withholding::Overflow => "not sent: the source's buffer was full",
        }
        .to_owned(),
    }
}

fn outcome_words(view: View<'_>, what: &str, outcome: Outcome) -> String {
    match outcome {
        Outcome::Applied => format!("applied: {what}"),
        Outcome::Duplicate => "known already".to_owned(),
        Outcome::Filtered => format!("left out by a list: {what}"),
        Outcome::Full => format!("refused: the table is full: {what}"),
        Outcome::Hops => format!("dropped by the route check: {what}"),
        Outcome::Refused { holder: (source, sequence) } => {
            format!("refused: {what}; {} wins", view.number(source, sequence))
        }
    }
}

fn noticed(view: View<'_>, told: &Told) -> String {
    let update = told.update.and_then(|(source, sequence)| {
        view.glimpse.workload.updates[source.index()].get(usize::try_from(sequence).ok()?)
    });
    let Some(update) = update else { return "noticed".to_owned() };
    let what = match update.event() {
        Event::LogOff => "the log-off",
        Event::LogOn => "the log-on",
        Event::Refresh => "a refresh",
        Event::ServiceLogOn => "a service log-on",
    };
    format!("notices {what} of {}", view.user(update.user()))
}

/// A delivery's time, and the parts of it that took any.
fn way_words(way: Way) -> String {
    let parts = [
        ("queue", way.queue),
        ("process", way.process),
        ("transmit", way.transmit),
        ("propagate", way.propagate),
        ("recover", way.recover),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, span)| !span.is_zero())
        .map(|(name, span)| format!("{name} {}", words::span((*span).into())))
        .collect();
    let total = words::span(way.total().into());
    if parts.is_empty() { total } else { format!("{total} ({})", parts.join(", ")) }
}
