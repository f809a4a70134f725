//! Syslog lines, read through parse profiles, as evidence.
//!
//! Knows lines, profiles and years. Must not know stays.

use super::SyslogReplay;
use super::evidence::{Dated, Evidence, Reason, Tally};
use super::replay_userid::sign;
use crate::formats::{Identified, Line, Stamp, Unread, read_line};

/// A leap year, for lines without one: then every day of a calendar is one.
const SOME_YEAR: i16 = 2_024;
/// From one line to the next, the month may fall so much within one year: lines are not quite in order.
const MONTHS_BACK_MAX: i8 = 6;

/// What the lines of `text` say and how their times are written; what says nothing is counted in `tally`.
pub(super) fn read(
    text: &str,
    rules: &SyslogReplay,
    machines: bool,
    tally: &mut Tally,
) -> (Vec<Evidence>, Dated) {
    let mut all = Vec::new();
    let mut calendar = Calendar { year: rules.year.unwrap_or(SOME_YEAR), month: None };
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        tally.lines += 1;
        let line = match read_line(line, rules.line_bytes_max) {
            Ok(line) => line,
            Err(why) => {
                tally.unreadable(index + 1, why);
                continue;
            }
        };
        let at = line.stamp.and_then(|stamp| calendar.nanos(stamp));
        match (said(&line, rules), at) {
            (Ok(said), Some(at)) => match sign(&said, machines) {
                Ok(sign) => all.push(Evidence { at, host: line.host.to_lowercase(), sign }),
                Err(reason) => tally.leave_out(reason),
            },
            (Ok(_), None) => tally.leave_out(Reason::NoTime),
            (Err(Unread::Event), _) => {
                let start: String = line.message.chars().take(40).collect();
                tally.show(Reason::NoProfile, index + 1, format!("{start:?}"));
            }
            (Err(Unread::User), _) => tally.leave_out(Reason::NoUser),
            (Err(Unread::Address(why)), _) => tally.unreadable(index + 1, why),
        }
    }
    let lacks_year = calendar.month.is_some() && rules.year.is_none();
    (all, if lacks_year { Dated::ButForTheYear } else { Dated::Yes })
}

/// What the first profile says that finds its event.
fn said(line: &Line<'_>, rules: &SyslogReplay) -> Result<Identified, Unread> {
    let mut answers = rules.profiles.iter().map(|profile| profile.read(line.message));
    answers.find(|answer| *answer != Err(Unread::Event)).unwrap_or(Err(Unread::Event))
}

/// The year that lines without one are in: the next one where December is followed by January.
struct Calendar {
    year: i16,
    month: Option<i8>,
}

impl Calendar {
    fn nanos(&mut self, stamp: Stamp) -> Option<i128> {
        let Stamp::YearLess { month, .. } = stamp else { return stamp.nanos(self.year) };
        let last = *self.month.get_or_insert(month);
        if last - month > MONTHS_BACK_MAX {
            self.year = self.year.checked_add(1)?;
            self.month = Some(month);
        } else if month - last <= MONTHS_BACK_MAX {
            self.month = Some(last.max(month));
        } else {
            // A late line of last year's.
            return stamp.nanos(self.year.checked_sub(1)?);
        }
        stamp.nanos(self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_turn_where_december_is_followed_by_january() {
        let mut calendar = Calendar { year: 2023, month: None };
        let stamp = |month| Stamp::YearLess { month, day: 15, hour: 0, minute: 0, second: 0 };
        let years = [11, 12, 11, 12, 1, 12, 1, 2].map(|month| {
            let nanos = calendar.nanos(stamp(month));
            (2022..2026).find(|year| stamp(month).nanos(*year) == nanos).expect("one of these years")
        });
        assert_eq!(years, [2023, 2023, 2023, 2023, 2024, 2023, 2024, 2024]);
    }
}
