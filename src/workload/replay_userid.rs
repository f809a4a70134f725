//! USERID log lines as evidence.
//!
//! Knows what a line means for a stay. Must not know columns or stays.

use super::evidence::{Evidence, Reason, Sign, Tally, address, user};
use crate::formats::{Identified, UserIdEvent, UserIdLine, read_userid_line};

/// What the lines of `text` say; what says nothing is counted in `tally`.
pub(super) fn read(text: &str, machines: bool, tally: &mut Tally) -> Vec<Evidence> {
    let mut all = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        tally.lines += 1;
        match read_userid_line(line) {
            Ok(Some(UserIdLine { stamp, event: UserIdEvent::Identified(said), host, .. })) => {
                match (stamp.nanos(1970), sign(&said, machines)) {
                    (Some(at), Ok(sign)) => all.push(Evidence { at, host: host.to_lowercase(), sign }),
                    (None, _) => tally.leave_out(Reason::NoTime),
                    (_, Err(reason)) => tally.leave_out(reason),
                }
            }
            Ok(Some(_)) => tally.leave_out(Reason::NotReplayed),
            Ok(None) => tally.leave_out(Reason::OtherLog),
            Err(why) => tally.unreadable(index + 1, why),
        }
    }
    all
}

/// What a text that names user and address shows.
pub(super) fn sign(said: &Identified, machines: bool) -> Result<Sign, Reason> {
    let address = address(&said.address.to_string())?;
    let named = said.user.as_deref().map(|name| user(name, "", machines)).transpose()?;
    match (named, said.is_logout) {
        (user, true) => Ok(Sign::Left { user, address }),
        (Some(user), false) => Ok(Sign::There { user, address, session: None }),
        (None, false) => Err(Reason::NoUser),
    }
}
