//! Writing a `uid-message` document.
//!
//! Knows the shape of the XML. Must not know limits: what is written here is small enough by its writer's doing.

use std::fmt::Write as _;

use super::uid_message::{Entry, Tag};

/// The document with these entries, one element of the payload for each row of entries of a kind. Characters that XML
/// cannot hold (most control characters) make a document that is refused when it is read.
#[must_use]
pub fn write_uid_message(entries: &[Entry]) -> String {
    let mut text = "<uid-message><version>2.0</version><type>update</type><payload>".to_owned();
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let name = element(first);
        let row = rest.iter().take_while(|entry| element(entry) == name).count();
        let _ = write!(text, "<{name}>");
        rest[..row].iter().for_each(|entry| write_entry(entry, &mut text));
        let _ = write!(text, "</{name}>");
        rest = &rest[row..];
    }
    text.push_str("</payload></uid-message>");
    text
}

/// The element of the payload that holds entries like this one.
pub(super) fn element(entry: &Entry) -> &'static str {
    match entry {
        Entry::Group { .. } => "groups",
        Entry::Login { .. } => "login",
        Entry::Logout { .. } => "logout",
        Entry::MultiUserSystem { .. } => "multiusersystem",
        Entry::Register { .. } => "register",
        Entry::RegisterUser { .. } => "register-user",
        Entry::Unregister { .. } => "unregister",
        Entry::UnregisterUser { .. } => "unregister-user",
    }
}

fn write_entry(entry: &Entry, into: &mut String) {
    into.push_str("<entry");
    match entry {
        Entry::Group { name, members } => {
            attribute("name", name, into);
            into.push_str("><members>");
            for member in members {
                into.push_str("<entry");
                attribute("name", member, into);
                into.push_str("/>");
            }
            into.push_str("</members></entry>");
            return;
        }
        Entry::Login { user, address, timeout_minutes, block_start } => {
            attribute("name", user, into);
            attribute("ip", &address.to_string(), into);
            optional("timeout", timeout_minutes.as_ref(), into);
            optional("blockstart", block_start.as_ref(), into);
        }
        Entry::Logout { user, address } => {
            if let Some(user) = user {
                attribute("name", user, into);
            }
            attribute("ip", &address.to_string(), into);
        }
        Entry::MultiUserSystem { address, start_port, end_port, block_size } => {
            attribute("ip", &address.to_string(), into);
            optional("startport", Some(start_port), into);
            optional("endport", Some(end_port), into);
            optional("blocksize", Some(block_size), into);
        }
        Entry::Register { address, persistent, tags } => {
            attribute("ip", &address.to_string(), into);
            optional("persistent", persistent.map(u8::from).as_ref(), into);
            return write_tags(tags, into);
        }
        Entry::Unregister { address, tags } => {
            attribute("ip", &address.to_string(), into);
            return write_tags(tags, into);
        }
        Entry::RegisterUser { user, tags } | Entry::UnregisterUser { user, tags } => {
            attribute("user", user, into);
            return write_tags(tags, into);
        }
    }
    into.push_str("/>");
}

fn write_tags(tags: &[Tag], into: &mut String) {
    if tags.is_empty() {
        into.push_str("/>");
        return;
    }
    into.push_str("><tag>");
    for tag in tags {
        into.push_str("<member");
        optional("timeout", tag.timeout_seconds.as_ref(), into);
        into.push('>');
        escape(&tag.name, into);
        into.push_str("</member>");
    }
    into.push_str("</tag></entry>");
}

fn optional<N: std::fmt::Display>(name: &str, number: Option<&N>, into: &mut String) {
    if let Some(number) = number {
        let _ = write!(into, " {name}=\"{number}\"");
    }
}

fn attribute(name: &str, value: &str, into: &mut String) {
    let _ = write!(into, " {name}=\"");
    escape(value, into);
    into.push('"');
}

fn escape(text: &str, into: &mut String) {
    for character in text.chars() {
        match character {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            // A reader turns these into spaces where they stand as they are.
            '\t' | '\n' | '\r' => {
                let _ = write!(into, "&#{};", u32::from(character));
            }
            other => into.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::uid_message::TAG_TIMEOUT_SECONDS_MAX;
    use super::super::uid_read::read_uid_message;
    use super::*;

    #[test]
    fn a_login_is_written_as_the_interface_wants_it() {
        let login = Entry::Login {
            user: "acme\\o'neil & sons".to_owned(),
            address: "10.0.0.1".parse().expect("an address"),
            timeout_minutes: Some(45),
            block_start: None,
        };
        let address = "10.0.0.1".parse().expect("an address");
        let entries = [login, Entry::Logout { user: None, address }];
        assert_eq!(
            write_uid_message(&entries),
            "<uid-message><version>2.0</version><type>update</type><payload><login>\
             <entry name=\"acme\\o'neil &amp; sons\" ip=\"10.0.0.1\" timeout=\"45\"/></login>\
             <logout><entry ip=\"10.0.0.1\"/></logout></payload></uid-message>"
        );
    }

    /// Any text that XML can hold and that is no blank.
    fn name() -> impl Strategy<Value = String> {
        "[\\t\\n -~äöß€𝄞]{1,20}".prop_filter("a name is no blank", |name| !name.trim().is_empty())
    }

    fn tags(least: usize) -> impl Strategy<Value = Vec<Tag>> {
        let tag = (name(), proptest::option::of(0..=TAG_TIMEOUT_SECONDS_MAX));
        proptest::collection::vec(
            tag.prop_map(|(name, timeout_seconds)| Tag { name, timeout_seconds }),
            least..3,
        )
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let ip = any::<std::net::IpAddr>;
        prop_oneof![
            (name(), proptest::collection::vec(name(), 0..4))
                .prop_map(|(name, members)| Entry::Group { name, members }),
            (name(), ip(), proptest::option::of(0_u32..5_000), any::<Option<u16>>()).prop_map(
                |(user, address, timeout_minutes, block_start)| Entry::Login {
                    user,
                    address,
                    timeout_minutes,
                    block_start
                }
            ),
            (proptest::option::of(name()), ip()).prop_map(|(user, address)| Entry::Logout { user, address }),
            (ip(), 1..=900_u16, 900..=u16::MAX, 1..=u16::MAX).prop_map(
                |(address, start_port, end_port, block_size)| Entry::MultiUserSystem {
                    address,
                    start_port,
                    end_port,
                    block_size
                }
            ),
            (ip(), any::<Option<bool>>(), tags(1)).prop_map(|(address, persistent, tags)| Entry::Register {
                address,
                persistent,
                tags
            }),
            (ip(), tags(0)).prop_map(|(address, tags)| Entry::Unregister { address, tags }),
            (name(), tags(1)).prop_map(|(user, tags)| Entry::RegisterUser { user, tags }),
            (name(), tags(0)).prop_map(|(user, tags)| Entry::UnregisterUser { user, tags }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(mut entries in proptest::collection::vec(entry(), 0..12)) {
            let read = read_uid_message(&write_uid_message(&entries)).expect("legal");
            prop_assert_eq!(&read.faults, &[]);
            entries.sort_by_key(Entry::turn);
            prop_assert_eq!(read.entries, entries);
        }
    }
}
