//! The story of one address as a Chrome trace, which Perfetto shows: a track for each hop, a slice for each copy on its way.
//!
//! Knows deeds. Times are virtual, from the start of the run.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::View;
use crate::observe::{Deed, Hop, Told};
use crate::scenario::Scenario;
use crate::simulate::Glimpse;
use crate::units::{Instant, Span};

#[derive(Serialize)]
struct Trace {
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "traceEvents")]
    events: Vec<Event>,
}

/// An event of the Trace Event Format.
#[derive(Serialize)]
struct Event {
    ph: &'static str,
    name: String,
    pid: usize,
    tid: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'static str, serde_json::Value>,
}

/// The track of who is really there.
const TRUTH: usize = 0;

/// The deeds of the address as trace events. Shape: one JSON object. Errors: none.
///
/// Panics when the glimpse was taken without an address.
#[must_use]
pub fn print(scenario: &Scenario, glimpse: &Glimpse) -> String {
    let view = View { scenario, glimpse };
    let address = glimpse.address.expect("a story is of an address");
    let mut events = vec![named(TRUTH, format!("truth of {}", glimpse.workload.addresses[address.index()]))];
    for stay in
        glimpse.workload.stays.iter().filter(|stay| stay.address == address && stay.start <= glimpse.at)
    {
        let length = stay.end.min(glimpse.at).since(stay.start);
        events.push(Event {
            dur: Some(micros(length)),
            ..event("X", view.user(Some(stay.user)), TRUTH, stay.start)
        });
    }
    let mut tracks: BTreeMap<(Option<Hop>, Option<usize>), usize> = BTreeMap::new();
    for (number, told) in glimpse.past.story.iter().enumerate() {
        let place = match told.from {
            Some(from) => (Some((from, told.to)), None),
            None => (None, Some(told.to.index())),
        };
        let next = tracks.len() + 1;
        let track = *tracks.entry(place).or_insert_with(|| {
            let name = told.from.map_or_else(
                || view.name(told.to).to_owned(),
                |from| format!("{} > {}", view.name(from), view.name(told.to)),
            );
            events.push(named(next, name));
            next
        });
        events.extend(of(view, told, track, number));
    }
    let mut text = serde_json::to_string(&Trace { unit: "ms", events }).expect("a trace serialises");
    text.push('\n');
    text
}

fn of(view: View<'_>, told: &Told, track: usize, number: usize) -> Vec<Event> {
    let update =
        told.update.map_or_else(|| "feed".to_owned(), |(source, sequence)| view.number(source, sequence));
    let Deed::Delivered { way } = told.deed else {
        let text = super::story::deed(view, told);
        let name = if told.update.is_some() { format!("{update}: {text}") } else { text };
        return vec![Event { s: Some("p"), ..event("i", &name, track, told.at) }];
    };
    let begin = Instant::after_start(told.at.since_start().less(way.total()));
    let parts = [
        ("queue_seconds", way.queue),
        ("process_seconds", way.process),
        ("transmit_seconds", way.transmit),
        ("propagate_seconds", way.propagate),
        ("recover_seconds", way.recover),
    ];
    let args = parts.map(|(name, span)| (name, seconds(span))).into_iter().collect();
    // Copies overlap, so that each is a track of its own inside the hop's.
    let side =
        |ph, at| Event { cat: Some("copy"), id: Some(number.to_string()), ..event(ph, &update, track, at) };
    vec![Event { args, ..side("b", begin) }, side("e", told.at)]
}

fn event(ph: &'static str, name: &str, track: usize, at: Instant) -> Event {
    Event {
        ph,
        name: name.to_owned(),
        pid: track,
        tid: 0,
        cat: None,
        ts: Some(micros(at.since_start())),
        dur: None,
        id: None,
        s: None,
        args: BTreeMap::new(),
    }
}

fn named(track: usize, name: String) -> Event {
    let args = BTreeMap::from([("name", serde_json::Value::String(name))]);
    Event { ts: None, args, ..event("M", "process_name", track, Instant::ZERO) }
}

/// Microseconds with every nanosecond kept.
fn micros(span: Span) -> Box<RawValue> {
    let nanos = span.nanos();
    RawValue::from_string(format!("{}.{:03}", nanos / 1_000, nanos % 1_000)).expect("a number")
}

fn seconds(span: Span) -> serde_json::Value {
    serde_json::Value::from(span.nanos() as f64 / 1e9)
}
