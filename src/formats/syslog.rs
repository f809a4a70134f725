//! Syslog: lines with the header of RFC 3164 or RFC 5424, with either's priority or without.
//!
//! Knows headers and lengths. Must not know what a message means: parse profiles and LEEF stand beside it.

use super::stamp::{self, Stamp};

/// Bytes of one line that PAN-OS 10.0 and later takes. Source: vendor documentation, syslog listener (documented).
pub const LINE_BYTES_MAX: usize = 8_000;
/// Bytes of one line that PAN-OS up to 9.1 takes. Source: vendor documentation, syslog listener (documented).
pub const LINE_BYTES_MAX_9_1: usize = 2_048;

/// The largest priority: facility 23, severity 7. Source: RFC 5424, 6.2.1.
const PRIORITY_MAX: u16 = 191;

/// How a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// With no header that is known: the whole line is the message.
    None,
    /// As RFC 3164 has it: month, day, time, host.
    Rfc3164,
    /// As RFC 5424 has it.
    Rfc5424,
}

/// A line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// How it begins.
    pub header: Header,
    /// When it was written, where it says so.
    pub stamp: Option<Stamp>,
    /// The host that it names; empty when it names none.
    pub host: &'a str,
    /// What stands after the header.
    pub message: &'a str,
}

/// Takes a line apart; `bytes_max` is the longest that the receiver takes.
///
/// Errors: it is too long, or no single line, or begins with a priority and goes on as no syslog line does; as half a
/// sentence.
pub fn read_line(line: &str, bytes_max: usize) -> Result<Line<'_>, String> {
    let line = line.trim_end_matches(['\r', '\n', '\0']);
    if line.len() > bytes_max {
        return Err(format!("the line has {} bytes, more than {bytes_max}", line.len()));
    }
    if line.contains('\n') {
        return Err("the message has more than one line".to_owned());
    }
    let (rest, has_priority) = match priority(line)? {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    if let Some(rest) = rest.strip_prefix("1 ") {
        if let Some(line) = rfc5424(rest) {
            return Ok(line);
        }
        if has_priority {
            return Err("what follows version 1 is no header of RFC 5424".to_owned());
        }
    }
    if let Some((stamp, rest)) = stamp::year_less(rest)
        && let Some(rest) = rest.strip_prefix(' ')
    {
        let (host, message) = rest.split_once(' ').unwrap_or((rest, ""));
        return Ok(Line { header: Header::Rfc3164, stamp: Some(stamp), host, message });
    }
    Ok(Line { header: Header::None, stamp: None, host: "", message: rest })
}

/// What stands after `<N>`; `None` without one.
fn priority(line: &str) -> Result<Option<&str>, String> {
    let Some(rest) = line.strip_prefix('<') else { return Ok(None) };
    let Some((number, rest)) = rest.split_once('>') else { return Ok(None) };
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        // Some products begin their text with a word in angle brackets.
        return Ok(None);
    }
    match number.parse() {
        Ok(0..=PRIORITY_MAX) => Ok(Some(rest)),
        _ => Err(format!("its priority {number} is above {PRIORITY_MAX}")),
    }
}

/// `TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA [MSG]`.
fn rfc5424(rest: &str) -> Option<Line<'_>> {
    let mut parts = rest.splitn(6, ' ');
    let (time, host) = (parts.next()?, parts.next()?);
    let (_app, _process, _id, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let stamp = if time == "-" { None } else { Some(stamp::instant(time)?) };
    let after = structured_data(rest)?;
    let message = after.strip_prefix(' ').unwrap_or(after);
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    let host = if host == "-" { "" } else { host };
    Some(Line { header: Header::Rfc5424, stamp, host, message })
}

/// What stands after `-` or after `[…]`, in which a quoted value may hold an escaped bracket.
fn structured_data(rest: &str) -> Option<&str> {
    if let Some(after) = rest.strip_prefix('-') {
        return Some(after).filter(|after| after.is_empty() || after.starts_with(' '));
    }
    let mut left = rest;
    while left.starts_with('[') {
        let (mut quoted, mut escaped, mut end) = (false, false, None);
        for (at, character) in left.char_indices() {
            match character {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                ']' if !quoted => {
                    end = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        left = &left[end?..];
    }
    Some(left).filter(|left| left.len() < rest.len())
}

/// A line with the header of RFC 3164: facility `user`, severity `informational`. `stamp` as (month, day, hour, minute,
/// second).
#[must_use]
pub fn rfc3164_line(
    (month, day, hour, minute, second): (i8, i8, i8, i8, i8),
    host: &str,
    message: &str,
) -> String {
    let month = usize::try_from(month - 1).ok().and_then(|month| stamp::MONTHS.get(month)).unwrap_or(&"Jan");
    let mut line = format!("<14>{month} {day:2} {hour:02}:{minute:02}:{second:02} {host} ");
    one_line(message, &mut line);
    line
}

/// A line with the header of RFC 5424: facility `user`, severity `informational`, the time as RFC 3339.
#[must_use]
pub fn rfc5424_line(time: &str, host: &str, app: &str, message: &str) -> String {
    let mut line = format!("<14>1 {time} {host} {app} - - - ");
    one_line(message, &mut line);
    line
}

/// A message is one line: its line ends become spaces, as senders write them.
fn one_line(message: &str, into: &mut String) {
    into.extend(message.chars().map(|c| if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Line<'_> {
        read_line(line, LINE_BYTES_MAX).expect("legal")
    }

    #[test]
    fn both_headers_are_taken_off() {
        let old = read("<14>Jul  5 13:15:04 esm01 LEEF:1.0|Palo Alto Networks|Traps|4.2|x|a=b");
        assert_eq!((old.header, old.host), (Header::Rfc3164, "esm01"));
        assert!(old.message.starts_with("LEEF:1.0|") && old.stamp.is_some_and(|s| s.nanos(2024).is_some()));
        let new = read(
            "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 [a b=\"]\\\"\"][c] 'su root' failed",
        );
        assert_eq!(
            (new.header, new.host, new.message),
            (Header::Rfc5424, "mymachine.example.com", "'su root' failed")
        );
        let bare = read("<13>1 - - - - - - \u{feff}text");
        assert_eq!((bare.stamp, bare.host, bare.message), (None, "", "text"));
        let none = read("[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success");
        assert_eq!((none.header, none.message.len()), (Header::None, 66));
        assert_eq!(read("<START> User jdoe").message, "<START> User jdoe");
        assert_eq!(read("Jul  5 13:15:04 dhcp\r\n").message, "");
    }

    #[test]
    fn what_is_too_long_or_no_header_is_told() {
        let long = "x".repeat(LINE_BYTES_MAX_9_1 + 1);
        assert!(read_line(&long, LINE_BYTES_MAX_9_1).is_err_and(|why| why.contains("2049 bytes")));
        assert!(read_line(&long, LINE_BYTES_MAX).is_ok());
        assert!(read_line("<192>Jul  5 13:15:04 a b", 100).is_err_and(|why| why.contains("192")));
        assert!(read_line("<14>1 yesterday a b c d - x", 100).is_err_and(|why| why.contains("5424")));
        assert!(read_line("one\ntwo", 100).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics_and_messages_are_parts_of_it(line in any::<String>()) {
            if let Ok(read) = read_line(&line, LINE_BYTES_MAX) {
                prop_assert!(line.contains(read.message) && line.contains(read.host));
            }
        }

        #[test]
        fn what_is_written_is_read_back(message in "[^\r\n\0]{0,80}", host in "[a-z][a-z0-9.-]{0,20}", day in 1_i8..=28) {
            let old = rfc3164_line((11, day, 7, 5, 9), &host, &message);
            let read = read_line(&old, LINE_BYTES_MAX).expect("legal");
            prop_assert_eq!((read.header, read.host, read.message), (Header::Rfc3164, host.as_str(), message.as_str()));
            let stamp = Stamp::YearLess { month: 11, day, hour: 7, minute: 5, second: 9 };
            prop_assert_eq!(read.stamp, Some(stamp));
            prop_assume!(!message.starts_with('\u{feff}'));
            let new = rfc5424_line(&format!("2026-11-{day:02}T07:05:09Z"), &host, "nac", &message);
            let read = read_line(&new, LINE_BYTES_MAX).expect("legal");
            prop_assert_eq!((read.header, read.host, read.message), (Header::Rfc5424, host.as_str(), message.as_str()));
            prop_assert_eq!(read.stamp.and_then(|s| s.nanos(1)), stamp.nanos(2026));
        }
    }
}
