//! Stamps: the times that logs write, some without a year, some without a zone.
//!
//! Knows calendars. Must not know the time of the reader: what a stamp lacks, its caller says or does without.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// When a line was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Instant(i128),
    /// A month, day and time of day without year or zone, as RFC 3164 has them.
    YearLess {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
        /// 0 to 23.
        hour: i8,
        /// 0 to 59.
        minute: i8,
        /// 0 to 60; a leap second counts as the one before it.
        second: i8,
    },
}

impl Stamp {
    /// Nanoseconds since 1970, with `year` where none is written; a time without a zone is taken as UTC. `None`: there
    /// is no such day in that year.
    #[must_use]
    pub fn nanos(&self, year: i16) -> Option<i128> {
        match *self {
            Self::Instant(nanos) => Some(nanos),
            Self::YearLess { month, day, hour, minute, second } => {
                let second = second.min(59);
                utc(DateTime::new(year, month, day, hour, minute, second, 0).ok()?)
            }
        }
    }
}

/// `2021/03/01 20:35:54`, as PAN-OS writes it: without a zone, taken as UTC.
#[must_use]
pub fn civil_stamp(text: &str) -> Option<Stamp> {
    let time = DateTime::strptime("%Y/%m/%d %H:%M:%S", text.trim()).ok()?;
    utc(time).map(Stamp::Instant)
}

/// An RFC 3339 time.
pub(super) fn instant(text: &str) -> Option<Stamp> {
    text.parse().ok().map(|stamp: jiff::Timestamp| Stamp::Instant(stamp.as_nanosecond()))
}

/// Months as RFC 3164 names them.
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A month, day and time of day at the front of `text`, and what stands after it.
pub(super) fn year_less(text: &str) -> Option<(Stamp, &str)> {
    let month = MONTHS.iter().position(|name| text.get(..3).is_some_and(|start| start == *name))?;
    let rest = text.get(3..)?.strip_prefix(' ')?;
    // Days below 10 have a space for their first digit; some senders write a zero or only the digit.
    let rest = rest.trim_start_matches(' ');
    let (day, rest) = rest.split_once(' ')?;
    let (time, rest) = rest.split_at_checked(8)?;
    let mut parts = time.split(':');
    let mut part = |max: i8| {
        let text = parts.next()?;
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_plain && *number <= max)
    };
    let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
    let is_plain = day.len() <= 2 && day.bytes().all(|byte| byte.is_ascii_digit());
    let day: i8 = day.parse().ok().filter(|day| is_plain && (1..=31).contains(day))?;
    let month = i8::try_from(month + 1).ok()?;
    Some((Stamp::YearLess { month, day, hour, minute, second }, rest))
}

fn utc(time: DateTime) -> Option<i128> {
    TimeZone::UTC.to_timestamp(time).ok().map(|stamp| stamp.as_nanosecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let second = 1_000_000_000;
        assert_eq!(civil_stamp("1970/01/02 00:00:01"), Some(Stamp::Instant(86_401 * second)));
        assert_eq!(civil_stamp("2021-03-01 20:35:54"), None);
        assert_eq!(instant("1970-01-01T01:00:00.5+01:00"), Some(Stamp::Instant(second / 2)));
        for text in ["Mar  1 20:35:54 rest", "Mar 01 20:35:54 rest", "Mar 1 20:35:54 rest"] {
            let (stamp, rest) = year_less(text).expect("legal");
            assert_eq!((stamp.nanos(1970), rest), (Some((59 * 86_400 + 74_154) * second), " rest"), "{text}");
        }
        for text in
            ["Mrz  1 20:35:54 x", "Mar 32 20:35:54 x", "Mar 1 24:00:00 x", "Mar 1 2:00:00 x", "Mar", "März 1"]
        {
            assert_eq!(year_less(text), None, "{text}");
        }
        let (leap, _) = year_less("Feb 29 00:00:00 x").expect("legal");
        assert_eq!((leap.nanos(2023), leap.nanos(2024).is_some()), (None, true));
    }
}
