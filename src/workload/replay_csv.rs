//! `time,user,ip,event` with a header line, as evidence.
//!
//! Knows the columns. Must not know stays.

use csv::StringRecord;

use crate::problem::Problem;
use crate::units::Span;

use super::evidence::{Evidence, Reason, Sign, Tally, address, user};

/// The columns that must be there, in any order; a column `host` may be there.
const COLUMNS: [&str; 4] = ["time", "user", "ip", "event"];

/// What the lines of `text` say, and whether their times are dates or count from the start; what says
/// nothing is counted in `tally`.
///
/// Errors: the first line is not a header with the four columns.
pub(super) fn read(text: &str, machines: bool, tally: &mut Tally) -> Result<(Vec<Evidence>, bool), Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let place = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let mut columns = Columns { time: 0, user: 0, ip: 0, event: 0, host: place("host"), is_dated: None };
    for (name, column) in COLUMNS.into_iter().zip(columns.required()) {
        *column = place(name).ok_or_else(|| no_column(name, &header))?;
    }
    let mut all = Vec::new();
    for record in reader.records() {
        tally.lines += 1;
        match record {
            Ok(record) => match columns.evidence(&record, machines) {
                Ok(evidence) => all.push(evidence),
                Err(Fault::LeftOut(reason)) => tally.leave_out(reason),
                Err(Fault::Unreadable(why)) => tally.unreadable(line_of(text, record.position()), why),
            },
            Err(error) => tally.unreadable(line_of(text, error.position()), error.to_string()),
        }
    }
    Ok((all, columns.is_dated == Some(true)))
}

/// The line on which a record begins. The reader's own count stands before the blank lines and remarks
/// that it skips.
fn line_of(text: &str, position: Option<&csv::Position>) -> usize {
    let Some(position) = position else { return 0 };
    let offset = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(offset..).unwrap_or_default();
    let skipped = rest.lines().take_while(|line| line.is_empty() || line.starts_with('#')).count();
    usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(skipped)
}

fn no_column(name: &str, header: &StringRecord) -> Problem {
    let found: Vec<String> = header.iter().take(8).map(|c| c.chars().take(32).collect()).collect();
    Problem {
        code: "csv-header",
        fact: format!("line 1 names no column {name:?}; it reads \"{}\"", found.join(",")),
        hint: format!("begin the file with the line \"{}\"", COLUMNS.join(",")),
        place: None,
    }
}

enum Fault {
    LeftOut(Reason),
    Unreadable(String),
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::LeftOut(reason)
    }
}

/// Where each column stands, and whether times are dates or count from the start (the first line that
/// can be read decides).
struct Columns {
    time: usize,
    user: usize,
    ip: usize,
    event: usize,
    host: Option<usize>,
    is_dated: Option<bool>,
}

impl Columns {
    /// The required ones, in the order of [`COLUMNS`].
    fn required(&mut self) -> [&mut usize; 4] {
        [&mut self.time, &mut self.user, &mut self.ip, &mut self.event]
    }

    fn evidence(&mut self, record: &StringRecord, machines: bool) -> Result<Evidence, Fault> {
        let field = |column: usize| record.get(column).unwrap_or_default();
        let event = field(self.event);
        let is_end = match event.to_ascii_lowercase().as_str() {
            "login" | "logon" | "log-on" | "log_on" | "refresh" => false,
            "logout" | "logoff" | "log-off" | "log_off" => true,
            "" => return Err(Fault::Unreadable("no event".to_owned())),
            _ => return Err(no_event(event)),
        };
        let at = self.time(field(self.time))?;
        let address = address(field(self.ip))?;
        let sign = match user(field(self.user), "", machines) {
            Ok(who) if is_end => Sign::Left { user: Some(who), address },
            Ok(user) => Sign::There { user, address, session: None },
            Err(Reason::NoUser) if is_end => Sign::Left { user: None, address },
            Err(reason) => return Err(reason.into()),
        };
        let host = self.host.map(field).unwrap_or_default().to_lowercase();
        Ok(Evidence { at, host, sign })
    }

    fn time(&mut self, text: &str) -> Result<i128, Fault> {
        if text.is_empty() {
            return Err(Reason::NoTime.into());
        }
        let dated = text.parse().map(|stamp: jiff::Timestamp| stamp.as_nanosecond());
        let (at, is_dated) = match dated {
            Ok(at) => (at, true),
            Err(_) => (i128::from(span(text).ok_or_else(|| no_time(text))?.nanos()), false),
        };
        if *self.is_dated.get_or_insert(is_dated) != is_dated {
            let why = format!("the time {text:?} is written in another way than the times before");
            return Err(Fault::Unreadable(why));
        }
        Ok(at)
    }
}

/// A number without a unit counts seconds.
pub(super) fn span(text: &str) -> Option<Span> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { format!("{text}s").parse().ok() } else { text.parse().ok() }
}

fn no_event(text: &str) -> Fault {
    let start: String = text.chars().take(40).collect();
    Fault::Unreadable(format!(
        "the event {start:?} is none of login, logon, log-on, refresh, logout, logoff, log-off"
    ))
}

fn no_time(text: &str) -> Fault {
    let start: String = text.chars().take(40).collect();
    Fault::Unreadable(format!("{start:?} is neither a time such as 2024-03-01T08:00:00Z nor a span"))
}
