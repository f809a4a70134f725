//! Evidence: what one line of a log says, and why a line says nothing that can be used.
//!
//! Knows names, addresses and reasons. Must not know formats or stays.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crate::problem::Problem;

/// Bytes that one line of a log may have. Windows events as JSON take 0.4 to 5 kB.
pub const LOG_LINE_BYTES_MAX: usize = 65_536;
/// Lines that one log may have.
pub const LOG_LINES_MAX: usize = 5_000_000;

/// A logon session: the host that keeps it and the id that the host gave it.
pub(super) type SessionKey = (String, String);

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// When. Units: nanoseconds since an origin that the whole log shares.
    pub(super) at: i128,
    /// The host that wrote it, in lower case; empty when the line names none.
    pub(super) host: String,
    /// What.
    pub(super) sign: Sign,
}

/// What has been seen of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The user left the address; `None`: whoever was there.
    Left {
        /// Who.
        user: Option<String>,
        /// From where.
        address: IpAddr,
    },
    /// A session ended. Where it was, its beginning says.
    SessionEnded {
        /// Whose it was.
        user: String,
        /// Which.
        session: SessionKey,
    },
    /// The user is at the address.
    There {
        /// Who.
        user: String,
        /// Where.
        address: IpAddr,
        /// The session that began; `None` for what has no end of its own, such as a ticket.
        session: Option<SessionKey>,
    },
}

/// How the times of a log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    /// They count from the start.
    No,
    /// They have all but the year, which does not matter for one log alone.
    ButForTheYear,
    /// They are dates.
    Yes,
}

impl Dated {
    /// Whether the times of two logs have a common beginning.
    pub(super) fn goes_with(self, other: Self) -> bool {
        self == other && self != Self::ButForTheYear
    }
}

/// Why a line is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    Failed,
    Local,
    LogonType,
    Machine,
    NoAddress,
    NobodyThere,
    NoTime,
    NoProfile,
    NoUser,
    NotReplayed,
    OtherLog,
    OtherSession,
    System,
    UnknownEvent,
    Unjoined,
    Unreadable,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "of attempts that failed",
            Self::Local => "with a loopback or link-local address",
            Self::LogonType => "of a logon type that proves no presence",
            Self::Machine => "of machine accounts",
            Self::NoAddress => "without an address",
            Self::NobodyThere => "of log-offs where the user was not",
            Self::NoTime => "without a time",
            Self::NoProfile => "that no parse profile finds its event in",
            Self::NoUser => "without a user",
            Self::NotReplayed => "of tags, groups and shared hosts, which are not replayed",
            Self::OtherLog => "of other logs",
            Self::OtherSession => "of log-offs while the user had other sessions",
            Self::System => "of system and anonymous accounts",
            Self::UnknownEvent => "of other events",
            Self::Unjoined => "of log-offs that join no log-on in use",
            Self::Unreadable => "unreadable",
        })
    }
}

/// How many lines there were, and how many of them were left out, and why.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Lines that are not blank.
    pub(super) lines: usize,
    /// What it is counted in, if not lines.
    pub(super) noun: Option<&'static str>,
    reasons: BTreeMap<Reason, usize>,
    /// The first of what a person has to look at, by reason: line and fact.
    shown: BTreeMap<Reason, Vec<(usize, String)>>,
}

/// How many lines are shown for a reason.
const SHOWN_MAX: usize = 3;

impl Tally {
    /// Leaves one line out.
    pub(super) fn leave_out(&mut self, reason: Reason) {
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// Leaves out line number `line`, which cannot be read for the reason `why`.
    pub(super) fn unreadable(&mut self, line: usize, why: String) {
        self.show(Reason::Unreadable, line, why);
    }

    /// Leaves out line number `line`, which a person has to look at, for `reason`.
    pub(super) fn show(&mut self, reason: Reason, line: usize, why: String) {
        self.leave_out(reason);
        let shown = self.shown.entry(reason).or_default();
        if shown.len() < SHOWN_MAX {
            shown.push((line, why));
        }
    }

    /// What there is to say, most frequent reason first; `None` when every line is in use.
    pub(super) fn remark(&self) -> Option<String> {
        let left_out: usize = self.reasons.values().sum();
        if left_out == 0 {
            return None;
        }
        let mut reasons: Vec<(&Reason, &usize)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), **reason));
        let reasons: Vec<String> =
            reasons.into_iter().map(|(reason, count)| format!("{} {reason}", grouped(*count))).collect();
        let mut text = format!(
            "left out {} of {} {}: {}",
            grouped(left_out),
            grouped(self.lines),
            self.noun.unwrap_or("lines"),
            reasons.join(", ")
        );
        for (reason, shown) in &self.shown {
            let name =
                if *reason == Reason::Unreadable { "unreadable line" } else { "without an event line" };
            let shown: Vec<String> = shown.iter().map(|(line, why)| format!("line {line}: {why}")).collect();
            let rest = shown.join("; ");
            text.push_str(&format!("; first {name}{}", rest.trim_start_matches("line")));
        }
        Some(text)
    }
}

/// A number as people read it: `1,234,567`.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether the log keeps to the limits on lines.
pub(super) fn check_size(text: &str) -> Result<(), Problem> {
    let problem = |fact: String| Problem {
        code: "log-too-large",
        fact,
        hint: "split the log or cut it down to the events in use".to_owned(),
        place: None,
    };
    for (index, line) in text.lines().enumerate() {
        if index >= LOG_LINES_MAX {
            return Err(problem(format!("the log has more than {} lines", grouped(LOG_LINES_MAX))));
        }
        if line.len() > LOG_LINE_BYTES_MAX {
            let fact = format!("line {} has {} bytes", index + 1, grouped(line.len()));
            return Err(problem(format!("{fact}, more than {}", grouped(LOG_LINE_BYTES_MAX))));
        }
    }
    Ok(())
}

/// The address of a host that the text names, an IPv4 address inside an IPv6 one unwrapped.
pub(super) fn address(text: &str) -> Result<IpAddr, Reason> {
    // A zone (`fe80::1%12`) only says which interface a link-local address belongs to.
    let plain = text.trim().split('%').next().unwrap_or_default();
    let address: IpAddr = plain.parse().map_err(|_| Reason::NoAddress)?;
    let address = address.to_canonical();
    let is_link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let is_broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    if address.is_unspecified() || address.is_multicast() || is_broadcast {
        Err(Reason::NoAddress)
    } else if address.is_loopback() || is_link_local {
        Err(Reason::Local)
    } else {
        Ok(address)
    }
}

/// `domain\user` in lower case: the domain's first label, so that `SHIRE.COM`, `shire` and the realm of
/// `user@SHIRE.COM` are one domain; without any domain the bare name.
pub(super) fn user(name: &str, domain: &str, machines: bool) -> Result<String, Reason> {
    let name = name.trim().to_lowercase();
    let (inner, name) = name.split_once('\\').unwrap_or(("", &name));
    let (name, realm) = name.split_once('@').unwrap_or((name, ""));
    let domain = domain.trim().to_lowercase();
    let domain = [domain.as_str(), inner, realm].into_iter().find(|text| !matches!(*text, "" | "-"));
    let domain = domain.unwrap_or_default();
    if matches!(name, "" | "-") {
        return Err(Reason::NoUser);
    }
    if is_system(name, domain) {
        return Err(Reason::System);
    }
    if name.ends_with('$') && !machines {
        return Err(Reason::Machine);
    }
    let label = domain.split('.').next().unwrap_or_default();
    Ok(if label.is_empty() { name.to_owned() } else { format!("{label}\\{name}") })
}

fn is_system(name: &str, domain: &str) -> bool {
    matches!(name, "system" | "anonymous logon" | "local service" | "network service")
        || matches!(
            domain,
            "nt authority" | "nt service" | "window manager" | "font driver host" | "iis apppool"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_user_become_one() {
        for (name, domain) in [
            ("PGustavo", "SHIRE"),
            ("pgustavo", "SHIRE.COM"),
            ("pgustavo@SHIRE.COM", "shire.com"),
            ("pgustavo@SHIRE.COM", "-"),
            ("SHIRE\\pgustavo", ""),
        ] {
            assert_eq!(user(name, domain, false), Ok("shire\\pgustavo".to_owned()), "{name} {domain}");
        }
        assert_eq!(user("alice", "", false), Ok("alice".to_owned()));
        assert_eq!(user("HFDC01$@SHIRE.COM", "SHIRE", false), Err(Reason::Machine));
        assert_eq!(user("HFDC01$@SHIRE.COM", "SHIRE", true), Ok("shire\\hfdc01$".to_owned()));
        assert_eq!(user("DWM-1", "Window Manager", true), Err(Reason::System));
        assert_eq!(user("-", "-", false), Err(Reason::NoUser));
    }

    #[test]
    fn only_addresses_of_hosts_count() {
        let plain = Ok("172.18.39.5".parse().expect("an address"));
        assert_eq!(address("172.18.39.5"), plain);
        assert_eq!(address("::ffff:172.18.39.5"), plain);
        assert!(address("2001:db8::1").is_ok());
        for text in ["::1", "127.0.0.1", "fe80::1%12", "169.254.7.7"] {
            assert_eq!(address(text), Err(Reason::Local), "{text}");
        }
        for text in ["-", "", "0.0.0.0", "::", "host", "224.0.0.1", "255.255.255.255", "1.2.3"] {
            assert_eq!(address(text), Err(Reason::NoAddress), "{text}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_line_too_long_is_named() {
        let text = format!("a\n{}", "b".repeat(LOG_LINE_BYTES_MAX + 1));
        assert!(check_size(&text).expect_err("too long").fact.starts_with("line 2 has 65,537 bytes"));
        assert_eq!(check_size("a\nb"), Ok(()));
    }
}
