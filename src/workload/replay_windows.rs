//! Windows security events, one JSON object a line, as evidence.
//!
//! Knows the events' fields. Must not know stays. Meaning of the events: domain notes 1.4 and
//! Microsoft's "Audit Logon" and "Audit Kerberos" pages.

use serde_json::{Map, Value};

use super::evidence::{Evidence, Reason, Sign, Tally, address, user};

/// What the lines of `text` say; what says nothing is counted in `tally`.
pub(super) fn read(text: &str, machines: bool, tally: &mut Tally) -> Vec<Evidence> {
    let mut all = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        tally.lines += 1;
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(fields) => match evidence(&fields, machines) {
                Ok(evidence) => all.push(evidence),
                Err(reason) => tally.leave_out(reason),
            },
            Err(error) => tally.unreadable(index + 1, format!("not a JSON object ({error})")),
        }
    }
    all
}

fn evidence(fields: &Map<String, Value>, machines: bool) -> Result<Evidence, Reason> {
    let event = number(fields, "EventID").ok_or(Reason::UnknownEvent)?;
    if !matches!(event, 4624 | 4634 | 4647 | 4768 | 4769 | 4770) {
        return Err(Reason::UnknownEvent);
    }
    let at = time(fields).ok_or(Reason::NoTime)?;
    let who = user(text(fields, "TargetUserName"), text(fields, "TargetDomainName"), machines)?;
    let host = text(fields, "Hostname").trim().to_lowercase();
    let session = Some(text(fields, "TargetLogonId").trim().to_lowercase());
    let session = session.filter(|id| !matches!(id.as_str(), "" | "-" | "0x0"));
    let session = session.map(|id| (host.clone(), id));
    let sign = match event {
        4634 | 4647 => Sign::SessionEnded { user: who, session: session.ok_or(Reason::Unjoined)? },
        4624 if !proves_presence(number(fields, "LogonType")) => return Err(Reason::LogonType),
        4624 => Sign::There { user: who, address: address(text(fields, "IpAddress"))?, session },
        _ if has_failed(text(fields, "Status")) => return Err(Reason::Failed),
        _ => Sign::There { user: who, address: address(text(fields, "IpAddress"))?, session: None },
    };
    Ok(Evidence { at, host, sign })
}

/// Interactive (2), network (3), unlock (7), remote interactive (10) and cached interactive (11) log-ons
/// come from a person at the address; batch, service, new credentials and the boot session do not.
fn proves_presence(logon_type: Option<u64>) -> bool {
    matches!(logon_type, Some(2 | 3 | 7 | 10 | 11))
}

/// Kerberos events are written for refused tickets too; their status is then not zero.
fn has_failed(status: &str) -> bool {
    !matches!(status.trim().trim_start_matches("0x").trim_start_matches('0'), "" | "-")
}

/// `EventTime` is no substitute: it is local time without a zone.
fn time(fields: &Map<String, Value>) -> Option<i128> {
    let stamp: jiff::Timestamp = text(fields, "@timestamp").trim().parse().ok()?;
    Some(stamp.as_nanosecond())
}

fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn number(fields: &Map<String, Value>, key: &str) -> Option<u64> {
    let value = fields.get(key)?;
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
