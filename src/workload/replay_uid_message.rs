//! `uid-message` documents as evidence.
//!
//! Knows how documents follow each other in a file: a document has no time, so each stands after a line that is one
//! (RFC 3339, or a span from the start). Must not know XML or stays.

use std::net::IpAddr;

use super::evidence::{Dated, Evidence, Reason, Tally, grouped};
use super::replay_csv::span;
use super::replay_userid::sign;
use crate::formats::{Entry, Identified, read_uid_message};
use crate::problem::Problem;
use crate::units::Span;

/// Documents that one file may hold. Source: none, a guess: one a second for a day, and some.
const DOCUMENTS_MAX: usize = 100_000;

/// One document, its time, and the line before its first.
struct Part<'a> {
    at: i128,
    line: usize,
    text: &'a str,
}

/// A line that is a time.
struct Time {
    at: i128,
    is_dated: bool,
    line: usize,
    begin: usize,
    end: usize,
}

/// What the entries of all documents say and how their times are written; `at` is the time of a first document that
/// has none. What says nothing is counted in `tally`.
///
/// Errors: a document has no time, or times are written in two ways.
pub(super) fn read(
    text: &str,
    at: Option<Span>,
    machines: bool,
    tally: &mut Tally,
) -> Result<(Vec<Evidence>, Dated), Problem> {
    tally.noun = Some("entries");
    let (parts, dated) = parts(text.trim_start_matches('\u{feff}'), at)?;
    let mut all = Vec::new();
    for part in parts {
        let message = match read_uid_message(part.text) {
            Ok(message) => message,
            Err(fault) => {
                tally.lines += 1;
                tally.unreadable(part.line + fault.line, fault.fact);
                continue;
            }
        };
        for fault in message.faults {
            tally.lines += 1;
            tally.unreadable(part.line + fault.line, format!("column {}: {}", fault.column, fault.fact));
        }
        for entry in message.entries {
            tally.lines += 1;
            match said(entry).and_then(|said| sign(&said, machines)) {
                Ok(sign) => all.push(Evidence { at: part.at, host: String::new(), sign }),
                Err(reason) => tally.leave_out(reason),
            }
        }
    }
    Ok((all, dated))
}

fn said(entry: Entry) -> Result<Identified, Reason> {
    let of = |address: IpAddr, user, is_logout| Identified { address, user, is_logout };
    match entry {
        // A login with a block of ports is on a shared host, which nobody's stay can be told of.
        Entry::Login { block_start: Some(_), .. } => Err(Reason::NotReplayed),
        Entry::Login { user, address, .. } => Ok(of(address, Some(user), false)),
        Entry::Logout { user, address } => Ok(of(address, user, true)),
        _ => Err(Reason::NotReplayed),
    }
}

fn parts(text: &str, at: Option<Span>) -> Result<(Vec<Part<'_>>, Dated), Problem> {
    let mut times: Vec<Time> = Vec::new();
    let (mut offset, mut first) = (0, None);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if let Some((at, is_dated)) = time(line.trim()) {
            let (begin, end) = (offset, offset + line.len());
            times.push(Time { at, is_dated, line: index + 1, begin, end });
        } else if !line.trim().is_empty() && times.is_empty() {
            first.get_or_insert(index + 1);
        }
        offset += line.len();
    }
    let problem = |code, fact: String, hint: &str| Problem { code, fact, hint: hint.to_owned(), place: None };
    if let Some(line) = first {
        let Some(at) = at else {
            let fact = format!("the document on line {line} has no time");
            let hint =
                "a uid-message names none: write one on a line of its own before each document, or `at` here";
            return Err(problem("no-time", fact, hint));
        };
        times.insert(0, Time { at: i128::from(at.nanos()), is_dated: false, line: 0, begin: 0, end: 0 });
    }
    if times.len() > DOCUMENTS_MAX {
        let fact = format!("the log has more than {} documents", grouped(DOCUMENTS_MAX));
        return Err(problem("log-too-large", fact, "split the log"));
    }
    let is_dated = times.first().is_some_and(|time| time.is_dated);
    if let Some(other) = times.iter().find(|time| time.is_dated != is_dated) {
        let fact = format!("the time on line {} is written in another way than those before", other.line);
        return Err(problem("unlike-times", fact, "all must be dates, or all count from the start"));
    }
    let ends = times.iter().skip(1).map(|time| time.begin).chain([text.len()]);
    let whole = times.iter().zip(ends).map(|(time, end)| (time, &text[time.end..end]));
    let filled = whole.filter(|(_, text)| !text.trim().is_empty());
    let parts =
        filled.map(|(time, text)| Part { at: time.at, line: time.line, text: text.trim_end() }).collect();
    Ok((parts, if is_dated { Dated::Yes } else { Dated::No }))
}

/// Nanoseconds, and whether it is a date.
fn time(line: &str) -> Option<(i128, bool)> {
    if !line.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let dated = line.parse().ok().map(|stamp: jiff::Timestamp| (stamp.as_nanosecond(), true));
    dated.or_else(|| Some((i128::from(span(line)?.nanos()), false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_a_stay_is_counted_and_what_is_no_document_shown_with_its_line() {
        let text = "0s\n<uid-message>\n5s\n<uid-message><type>update</type><payload>\n\
            <login><entry name='a' ip='10.0.0.1'/><entry name='b' ip='10.0.0.2' blockstart='20000'/></login>\n\
            <logout><entry ip='10.0.0.1'/></logout></payload></uid-message>\n";
        let mut tally = Tally::default();
        let (all, dated) = read(text, None, false, &mut tally).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!((all.len(), dated == Dated::No), (2, true), "the log-on of `a`, and a log-off");
        let remark = tally.remark().expect("two are left out");
        let of = "1 of tags, groups and shared hosts, which are not replayed, 1 unreadable";
        let first = "first unreadable line 2: no XML: ";
        assert!(remark.starts_with(&format!("left out 2 of 4 entries: {of}; {first}")), "{remark}");
    }
}
