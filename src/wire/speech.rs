//! Speech: the real texts that some sources put on the wire, and what a learner reads out of them.
//!
//! Knows formats, names and the identities that ride beside a text: the real text has no place for source and sequence,
//! by which observers know an update again. Must not know when a source speaks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::DateTime;

use super::{Codec, Decoded, Message};
use crate::engine::Frame;
use crate::formats::{
    Entry, Identified, Profile, Unread, read_line, read_uid_message, rfc3164_line, rfc5424_line,
    write_uid_message,
};
use crate::ids::UserId;
use crate::mapping::Mapping;
use crate::units::Span;

/// How a source speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Speech {
    /// In the simulator's own records.
    Records,
    /// In syslog lines, one an update.
    Syslog(Arc<SyslogSpeech>),
    /// In `uid-message` documents.
    UidMessage {
        /// What each login says of its lifetime; 0: for ever. Units: minutes.
        timeout_minutes: Option<u32>,
    },
}

/// What stands before a syslog message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyslogFormat {
    /// The header of RFC 3164.
    Rfc3164,
    /// The header of RFC 5424.
    Rfc5424,
}

/// How a sender writes its lines and how its learner reads them.
#[derive(Clone, Debug, PartialEq)]
pub struct SyslogSpeech {
    /// What stands before the message.
    pub format: SyslogFormat,
    /// The host that lines name.
    pub host: String,
    /// The message of a login.
    pub login: String,
    /// The message of a log-off; `None`: it tells of none.
    pub logout: Option<String>,
    /// Applied by the learner, in order.
    pub profiles: Vec<Profile>,
    /// The longest line that the learner takes. Units: bytes.
    pub line_bytes_max: usize,
    /// The time of day at virtual zero.
    pub start: Span,
}

/// The accounts that lines may name, and the users behind them.
#[derive(Clone, Default)]
pub struct Accounts(Arc<BTreeMap<String, Option<UserId>>>);

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accounts({})", self.0.len())
    }
}

impl Accounts {
    /// The accounts of these users, in id order; an account that two users share is nobody's.
    #[must_use]
    pub fn new(users: &[String]) -> Self {
        let mut all = BTreeMap::new();
        for (index, user) in users.iter().enumerate() {
            let this = Some(UserId::new(index));
            all.entry(account(user)).and_modify(|known| *known = None).or_insert(this);
        }
        Self(Arc::new(all))
    }
}

impl Speech {
    /// Whether it tells of log-offs.
    #[must_use]
    pub fn tells_log_offs(&self) -> bool {
        match self {
            Self::Records | Self::UidMessage { .. } => true,
            Self::Syslog(syslog) => syslog.logout.is_some(),
        }
    }
}

impl SyslogSpeech {
    /// The line of one record.
    #[must_use]
    pub fn line(&self, codec: &Codec, record: &Mapping) -> String {
        let user = record.user.map_or("", |user| codec.user(user));
        let template = if record.log_off { self.logout.as_deref().unwrap_or_default() } else { &self.login };
        let message = fill(template, user, &codec.address(record.address).to_string());
        let nanos = i128::from(record.timestamp) + i128::from(self.start.nanos());
        // The file names a time of day and no date; any will do.
        let begin = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(0);
        let at = begin.saturating_add(jiff::SignedDuration::from_secs(seconds));
        match self.format {
            SyslogFormat::Rfc3164 => {
                let stamp = (at.month(), at.day(), at.hour(), at.minute(), at.second());
                rfc3164_line(stamp, &self.host, &message)
            }
            SyslogFormat::Rfc5424 => {
                let millis = nanos.rem_euclid(1_000_000_000) / 1_000_000;
                rfc5424_line(&format!("{at}.{millis:03}Z"), &self.host, "identity", &message)
            }
        }
    }

    /// What a learner makes of a line.
    pub fn read(&self, line: &str) -> Result<Identified, Unread> {
        let line = read_line(line, self.line_bytes_max).map_err(|_| Unread::Event)?;
        let mut answers = self.profiles.iter().map(|profile| profile.read(line.message));
        answers.find(|answer| *answer != Err(Unread::Event)).unwrap_or(Err(Unread::Event))
    }
}

/// A template with its placeholders filled in.
#[must_use]
pub fn fill(template: &str, user: &str, address: &str) -> String {
    template.replace("{account}", &account(user)).replace("{user}", user).replace("{address}", address)
}

/// A user's name with an underscore for whatever an account may not hold.
fn account(user: &str) -> String {
    user.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl Codec {
    /// A frame in which a source tells `records`: one line, or one document. In a document logins stand before log-offs,
    /// as they are carried out.
    #[must_use]
    pub fn speak(
        &self,
        speech: &Speech,
        accounts: &Accounts,
        records: &[Mapping],
        next_position: u64,
    ) -> Arc<Frame<Decoded>> {
        let mut records = records.to_vec();
        let text = match speech {
            Speech::Records => return self.records(&records, next_position, 1),
            Speech::Syslog(syslog) => {
                let lines: Vec<String> = records.iter().map(|record| syslog.line(self, record)).collect();
                lines.join("\n")
            }
            Speech::UidMessage { timeout_minutes } => {
                records.sort_by_key(|record| record.log_off);
                let entries: Vec<Entry> =
                    records.iter().map(|record| self.entry(record, *timeout_minutes)).collect();
                write_uid_message(&entries)
            }
        };
        let messages = match speech {
            Speech::Syslog(_) => u32::try_from(records.len()).unwrap_or(u32::MAX),
            Speech::Records | Speech::UidMessage { .. } => 1,
        };
        let mappings = u32::try_from(records.len()).expect("a frame has fewer than 2^32 records");
        let (codec, speech, accounts) = (self.clone(), speech.clone(), accounts.clone());
        let decode = move |bytes: &Bytes| codec.heard(&speech, &accounts, &records, next_position, bytes);
        Arc::new(Frame::new(text.into_bytes().into(), messages, mappings, Arc::new(decode)))
    }

    fn entry(&self, record: &Mapping, timeout_minutes: Option<u32>) -> Entry {
        let address = self.address(record.address);
        let user = record.user.map(|user| self.user(user).to_owned());
        match (record.log_off, user) {
            (false, Some(user)) => Entry::Login { user, address, timeout_minutes, block_start: None },
            (_, user) => Entry::Logout { user, address },
        }
    }

    /// What a learner makes of a text whose parts tell these records; those of which it makes nothing keep what they
    /// told, and are marked.
    fn heard(
        &self,
        speech: &Speech,
        accounts: &Accounts,
        records: &[Mapping],
        next_position: u64,
        bytes: &Bytes,
    ) -> Decoded {
        let text = String::from_utf8_lossy(bytes);
        let said: Vec<Option<Identified>> = match speech {
            Speech::Records => Vec::new(),
            Speech::Syslog(syslog) => text.split('\n').map(|line| syslog.read(line).ok()).collect(),
            Speech::UidMessage { .. } => {
                let message = read_uid_message(&text).unwrap_or_default();
                message.entries.into_iter().map(identified).collect()
            }
        };
        let mut mappings = records.to_vec();
        let mut unread = Vec::new();
        for (place, mapping) in mappings.iter_mut().enumerate() {
            let said = said.get(place).cloned().flatten();
            match said.and_then(|said| self.mapping_of(accounts, &said, mapping)) {
                Some(heard) => *mapping = heard,
                None => unread.push(place),
            }
        }
        let count = u32::try_from(mappings.len()).expect("a frame has fewer than 2^32 records");
        Decoded {
            messages: vec![Message::Records { next_position, count }],
            mappings: mappings.into(),
            unread,
        }
    }

    /// Whether what was said names an address and a user that somebody has.
    #[must_use]
    pub fn knows(&self, accounts: &Accounts, said: &Identified) -> bool {
        let knows_user =
            |name: &String| self.user_id(name).is_some() || accounts.0.get(name).is_some_and(Option::is_some);
        said.user.as_ref().is_none_or(knows_user) && self.address_id(said.address).is_some()
    }

    /// The mapping of what was said, with the identity of the record that it tells. `None`: it names an address or a
    /// user that nobody has.
    fn mapping_of(&self, accounts: &Accounts, said: &Identified, record: &Mapping) -> Option<Mapping> {
        let user = match &said.user {
            Some(name) => {
                let known = self.user_id(name).or_else(|| accounts.0.get(name).copied().flatten());
                Some(known?)
            }
            None => None,
        };
        Some(Mapping { address: self.address_id(said.address)?, user, log_off: said.is_logout, ..*record })
    }
}

fn identified(entry: Entry) -> Option<Identified> {
    match entry {
        Entry::Login { user, address, .. } => {
            Some(Identified { address, user: Some(user), is_logout: false })
        }
        Entry::Logout { user, address } => Some(Identified { address, user, is_logout: true }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AddressId, NodeId};
    use crate::mapping::Route;

    fn codec() -> (Codec, Accounts) {
        let users = ["hq-user-1".to_owned(), "corp\\bob".to_owned()];
        let addresses = ["10.0.0.1", "2001:db8::2"].map(|ip| ip.parse().expect("an address"));
        (Codec::new(&addresses, &users), Accounts::new(&users))
    }

    fn record(user: Option<usize>, log_off: bool, sequence: u64) -> Mapping {
        Mapping {
            address: AddressId::new(sequence as usize % 2),
            user: user.map(UserId::new),
            log_off,
            timestamp: 3_723_500_000_000,
            source: NodeId::new(4),
            sequence,
            origin: NodeId::new(4),
            route: Route::new(),
        }
    }

    fn syslog(format: SyslogFormat, login: &str, bytes: usize) -> Speech {
        let profile = Profile::regex(false, "alive", Some("duser=([a-zA-Z0-9_]+)"), "dst=([A-F0-9a-f:.]+)");
        Speech::Syslog(Arc::new(SyslogSpeech {
            format,
            host: "esm".to_owned(),
            login: login.to_owned(),
            logout: Some("gone duser={account} dst={address}".to_owned()),
            profiles: vec![profile.expect("legal")],
            line_bytes_max: bytes,
            start: Span::from_seconds(6 * 3_600),
        }))
    }

    #[test]
    fn a_line_on_the_wire_is_the_real_text_and_is_read_back_from_it() {
        let (codec, accounts) = codec();
        let login = "LEEF:1.0|P|ESM|4|Heartbeat|duser={account}\tdst={address}\tmsg=Service is alive";
        for (format, start) in [
            (
                SyslogFormat::Rfc3164,
                "<14>Jan  1 07:02:03 esm LEEF:1.0|P|ESM|4|Heartbeat|duser=hq_user_1\tdst=",
            ),
            (SyslogFormat::Rfc5424, "<14>1 2026-01-01T07:02:03.500Z esm identity - - - LEEF:1.0|P|ESM|4|"),
        ] {
            let frame = codec.speak(&syslog(format, login, 200), &accounts, &[record(Some(0), false, 1)], 2);
            let text = String::from_utf8_lossy(frame.bytes()).into_owned();
            assert!(text.starts_with(start) && text.ends_with("msg=Service is alive"), "{text}");
            assert_eq!(*frame.memo().mappings, [record(Some(0), false, 1)]);
            assert!(frame.memo().unread.is_empty());
        }
    }

    #[test]
    fn what_no_profile_reads_is_marked_and_keeps_its_identity() {
        let (codec, accounts) = codec();
        let speech = |login, bytes| syslog(SyslogFormat::Rfc3164, login, bytes);
        let unread = |speech: &Speech, record: Mapping| {
            let frame = codec.speak(speech, &accounts, &[record], 1);
            assert_eq!(frame.memo().mappings[0], record);
            frame.memo().unread.len()
        };
        let fine = "alive duser={account} dst={address}";
        assert_eq!(unread(&speech(fine, 200), record(Some(1), false, 0)), 0);
        assert_eq!(unread(&speech(fine, 200), record(Some(1), true, 0)), 1, "the profile is for logins");
        assert_eq!(unread(&speech(fine, 40), record(Some(1), false, 0)), 1, "the line is too long");
        // The pattern takes `hq` out of `hq-user-1`, whom nobody knows.
        assert_eq!(unread(&speech("alive duser={user} dst={address}", 200), record(Some(0), false, 0)), 1);
    }

    #[test]
    fn a_document_has_its_logins_first_and_their_lifetime_in_minutes() {
        let (codec, accounts) = codec();
        let speech = Speech::UidMessage { timeout_minutes: Some(45) };
        let records = [record(None, true, 0), record(Some(1), false, 1), record(Some(0), false, 2)];
        let frame = codec.speak(&speech, &accounts, &records, 3);
        assert_eq!((frame.messages(), frame.mappings()), (1, 3));
        let text = String::from_utf8_lossy(frame.bytes()).into_owned();
        assert!(text.contains("<entry name=\"corp\\bob\" ip=\"2001:db8::2\" timeout=\"45\"/>"), "{text}");
        assert_eq!(*frame.memo().mappings, [records[1], records[2], records[0]]);
        assert!(frame.memo().unread.is_empty());
    }
}
