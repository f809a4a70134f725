//! USERID log lines of PAN-OS: comma-separated values, as a syslog server receives them.
//!
//! Knows the columns up to the release of 2023: the short lines of 2013 end after the action flags, those of 2021 have 32
//! columns or more, those of 2023 add tag, high-resolution time and origin. Only columns that all share are read, so a
//! release that adds further ones is read too. Must not know what becomes of an event.
//!
//! Source: vendor documentation, "User-ID log fields" (documented); real lines of public integrations.

use super::stamp::{Stamp, civil_stamp};
use super::syslog::read_line;
use super::{Identified, address, quoted};

/// Columns of the shortest lines.
const COLUMNS_MIN: usize = 20;
/// Columns that a line may have. Source: none, a guess: twice the 37 of 11.0.
const COLUMNS_MAX: usize = 80;
/// Bytes that one line may have; twice what the largest syslog receiver takes.
const BYTES_MAX: usize = 16_384;

const RECEIVED: usize = 1;
const KIND: usize = 3;
const SUBTYPE: usize = 4;
const GENERATED: usize = 6;
const ADDRESS: usize = 8;
const USER: usize = 9;
const TIMEOUT: usize = 13;
const SOURCE: usize = 16;
/// The name of the tag in lines of tags, where there is one.
const TAG: usize = 32;

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserIdEvent {
    /// `login` or `logout`.
    Identified(Identified),
    /// `register-tag` or `unregister-tag`.
    Tag {
        /// The address, where it names one.
        address: Option<std::net::IpAddr>,
        /// The user, where it names one.
        user: Option<String>,
        /// The tag; empty where the release writes none.
        tag: String,
        /// Whether the tag is taken off.
        is_removed: bool,
    },
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserIdLine {
    /// When the firewall generated it, or else received it; its zone is not written and taken as UTC.
    pub stamp: Stamp,
    /// What.
    pub event: UserIdEvent,
    /// The lifetime of the mapping; a logout has 0. Units: seconds.
    pub timeout_seconds: Option<u32>,
    /// The kind of source that noticed it, such as `active-directory`; may be empty.
    pub source: String,
    /// The host in the syslog header; empty without one.
    pub host: String,
}

/// Reads a line, with or without a syslog header before it. `None`: it is a PAN-OS line of another log.
///
/// Errors: half a sentence.
pub fn read_userid_line(line: &str) -> Result<Option<UserIdLine>, String> {
    let line = read_line(line, BYTES_MAX)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.message.as_bytes());
    let mut record = csv::StringRecord::new();
    let is_read = reader.read_record(&mut record).map_err(|error| error.to_string())?;
    if !is_read || record.len() <= SUBTYPE {
        return Err(format!("{} has too few columns for a PAN-OS log", quoted(line.message)));
    }
    if record.len() > COLUMNS_MAX {
        return Err(format!("it has {} columns, more than {COLUMNS_MAX}", record.len()));
    }
    let field = |column: usize| record.get(column).unwrap_or_default().trim();
    if field(KIND) != "USERID" {
        let is_name = !field(KIND).is_empty()
            && field(KIND).bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        return if is_name { Ok(None) } else { Err(format!("{} is no type of log", quoted(field(KIND)))) };
    }
    if record.len() < COLUMNS_MIN {
        return Err(format!(
            "it has {} columns, fewer than the {COLUMNS_MIN} of the shortest lines",
            record.len()
        ));
    }
    let stamp = civil_stamp(field(GENERATED)).or_else(|| civil_stamp(field(RECEIVED)));
    let stamp = stamp
        .ok_or_else(|| format!("{} is no time such as 2021/03/01 20:35:54", quoted(field(GENERATED))))?;
    let named = Some(field(USER).to_owned()).filter(|user| !user.is_empty());
    let event = match field(SUBTYPE) {
        "login" | "logout" => {
            let is_logout = field(SUBTYPE) == "logout";
            if named.is_none() && !is_logout {
                return Err("a login names no user".to_owned());
            }
            UserIdEvent::Identified(Identified { address: address(field(ADDRESS))?, user: named, is_logout })
        }
        "register-tag" | "unregister-tag" => UserIdEvent::Tag {
            address: address(field(ADDRESS)).ok(),
            user: named,
            tag: field(TAG).to_owned(),
            is_removed: field(SUBTYPE) == "unregister-tag",
        },
        other => {
            return Err(format!(
                "its subtype {} is none of login, logout, register-tag, unregister-tag",
                quoted(other)
            ));
        }
    };
    let timeout_seconds = match field(TIMEOUT) {
        "" => None,
        text => Some(text.parse().map_err(|_| format!("its timeout {} is no number", quoted(text)))?),
    };
    let (source, host) = (field(SOURCE).to_owned(), line.host.to_owned());
    Ok(Some(UserIdLine { stamp, event, timeout_seconds, source, host }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines as public integrations show them, names and addresses made up.
    const OF_2021: &str = "1,2020/12/04 16:00:02,016401002222,USERID,login,2305,2020/12/04 16:00:01,vsys,192.0.2.4,user1,\
        srv1.example.local,0,1,12000,0,0,active-directory,,968683723,0x8000000000000000,12,0,0,0,,hostexample,1,,\
        2020/12/04 16:00:02,1,0x80,user1";
    const OF_2023: &str = "<14>Jan 25 18:49:51 fw-1 1,2023/01/25 18:49:51,007051000113358,USERID,logout,2562,\
        2023/01/25 18:49:50,vsys1,\"2001:db8::5\",\"acme\\alice, jr\",gp,0,1,0,0,0,vpn-client,globalprotect,\
        7192654782151589890,0x8000000000000000,0,0,0,0,,fw-1,1,,2023/01/25 18:49:41,1,0x0,alice,,\
        2023-01-25T18:49:51.400+00:00,,,";
    const OF_2013: &str = "1,2013/05/21 16:00:00,001606001116,USERID,login,0,2013/05/21 15:59:59,vsys1,10.0.0.7,\
        corp\\bob,dc1,0,1,2700,0,0,active-directory,unknown,1,0x0";

    fn read(line: &str) -> UserIdLine {
        read_userid_line(line).expect("legal").expect("of USERID")
    }

    fn seconds(line: &UserIdLine) -> i128 {
        line.stamp.nanos(1).expect("a date") / 1_000_000_000
    }

    #[test]
    fn the_three_forms_are_read_with_and_without_a_header() {
        let line = read(OF_2021);
        assert_eq!(
            (seconds(&line), line.timeout_seconds, line.source.as_str()),
            (1_607_097_601, Some(12_000), "active-directory")
        );
        let said = |address: &str, user: &str, is_logout| {
            let address = address.parse().expect("an address");
            UserIdEvent::Identified(Identified { address, user: Some(user.to_owned()), is_logout })
        };
        assert_eq!((line.host.as_str(), &line.event), ("", &said("192.0.2.4", "user1", false)));
        let line = read(OF_2023);
        assert_eq!(
            (line.host.as_str(), line.timeout_seconds, seconds(&line)),
            ("fw-1", Some(0), 1_674_672_590)
        );
        assert_eq!(line.event, said("2001:db8::5", "acme\\alice, jr", true));
        assert_eq!(read(OF_2013).event, said("10.0.0.7", "corp\\bob", false));
        let framed = format!("<14>1 2013-05-21T16:00:00Z fw-2 - - - - {OF_2013}");
        assert_eq!(read(&framed).host, "fw-2");
    }

    #[test]
    fn tags_are_told_apart_and_other_logs_are_none_of_ours() {
        let tag =
            OF_2023.replace(",logout,", ",register-tag,").replace("alice,,2023-", "alice,quarantined,2023-");
        let UserIdEvent::Tag { tag, is_removed, address, .. } = read(&tag).event else { panic!("a tag") };
        assert_eq!((tag.as_str(), is_removed, address.is_some()), ("quarantined", false, true));
        assert_eq!(read_userid_line(&OF_2021.replace("USERID", "TRAFFIC")), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (line, part) in [
            (OF_2021.replace(",login,", ",probe,"), "subtype"),
            (OF_2021.replace("192.0.2.4", "host"), "no address"),
            (OF_2021.replace(",user1,srv1", ",,srv1"), "no user"),
            (OF_2021.replace("2020/12/04 16:00:0", "4 Dec 2020 0"), "no time"),
            (OF_2021.replace(",12000,", ",long,"), "timeout"),
            ("1,2013/05/21 16:00:00,1,USERID,login,0".to_owned(), "fewer"),
            ("a,b".to_owned(), "too few"),
            (String::new(), "too few"),
            ("x,".repeat(100), "more than 80"),
            ("a,b,c,d e,f".to_owned(), "no type of log"),
        ] {
            let told = read_userid_line(&line);
            assert!(told.as_ref().is_err_and(|why| why.contains(part)), "{line}: {told:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(line in any::<String>(), at in 0_usize..200, byte in any::<char>()) {
            let _ = read_userid_line(&line);
            let mutated: String = OF_2023.chars().enumerate().map(|(i, c)| if i == at { byte } else { c }).collect();
            let _ = read_userid_line(&mutated);
        }
    }
}
