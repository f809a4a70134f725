//! Reading a `uid-message` document: no DTD, no entity but XML's own five, bounded size, depth and number of entries.
//!
//! Knows XML and the entries. Must not know what becomes of an entry. One that is wrong is told with its place and does
//! not stop the others, as the real API answers it.

use std::net::IpAddr;

use roxmltree::{Document, Node, ParsingOptions};

use super::uid_message::{
    DOCUMENT_BYTES_MAX, ENTRIES_MAX, Entry, EntryFault, LOGIN_TIMEOUT_MINUTES_MAX, TAG_TIMEOUT_SECONDS_MAX,
    Tag, UidMessage,
};
use super::{address, quoted};

/// Elements within each other: `uid-message`, `payload`, `groups`, `entry`, `members`, `entry` is the deepest there is.
const DEPTH_MAX: usize = 8;
/// Elements and texts of a document: an entry with a tag takes up to eight. Source: none, a guess.
const NODES_MAX: u32 = 1_000_000;
/// Bytes of a name, of a user, group or tag. Source: none, a guess well above 255.
const NAME_BYTES_MAX: usize = 1_024;

/// Reads a document.
///
/// Errors: it is too large, no XML, or no `uid-message` of type `update`; then nothing of it is read.
pub fn read_uid_message(text: &str) -> Result<UidMessage, EntryFault> {
    if text.len() > DOCUMENT_BYTES_MAX {
        let fact = format!("the document has {} bytes, more than {DOCUMENT_BYTES_MAX}", text.len());
        return Err(EntryFault { line: 1, column: 1, fact });
    }
    check_depth(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let place = error.pos();
        EntryFault { line: place.row as usize, column: place.col as usize, fact: format!("no XML: {error}") }
    })?;
    let places = Places::new(text);
    let root = document.root_element();
    let wrong = |node: Node<'_, '_>, fact: String| Err(places.fault(node, fact));
    if !root.has_tag_name("uid-message") {
        return wrong(root, format!("the document is a {}, no uid-message", quoted(root.tag_name().name())));
    }
    match child_text(root, "type") {
        Some("update") => {}
        other => return wrong(root, format!("its type is {}, not \"update\"", quoted(other.unwrap_or("")))),
    }
    if let Some(version) = child_text(root, "version").filter(|version| !matches!(*version, "1.0" | "2.0")) {
        return wrong(root, format!("its version {} is neither 1.0 nor 2.0", quoted(version)));
    }
    let mut message = UidMessage::default();
    for payload in root.children().filter(|node| node.has_tag_name("payload")) {
        for section in payload.children().filter(Node::is_element) {
            read_section(section, &places, &mut message)?;
        }
    }
    message.entries.sort_by_key(Entry::turn);
    Ok(message)
}

fn read_section(section: Node<'_, '_>, places: &Places, message: &mut UidMessage) -> Result<(), EntryFault> {
    let kind = section.tag_name().name();
    let read: fn(Node<'_, '_>) -> Result<Entry, String> = match kind {
        "groups" => group,
        "login" => login,
        "logout" => logout,
        "multiusersystem" => multi_user_system,
        "register" => register,
        "register-user" => {
            |node| Ok(Entry::RegisterUser { user: named(node, "user")?, tags: some_tags(node)? })
        }
        "unregister" => |node| Ok(Entry::Unregister { address: ip(node)?, tags: tags(node)? }),
        "unregister-user" => {
            |node| Ok(Entry::UnregisterUser { user: named(node, "user")?, tags: tags(node)? })
        }
        other => {
            message
                .faults
                .push(places.fault(section, format!("{} is no element of a payload", quoted(other))));
            return Ok(());
        }
    };
    for entry in section.children().filter(Node::is_element) {
        if message.entries.len() + message.faults.len() >= ENTRIES_MAX {
            return Err(places.fault(entry, format!("the document has more than {ENTRIES_MAX} entries")));
        }
        let result = if entry.has_tag_name("entry") {
            read(entry)
        } else {
            Err(format!("{} stands where an entry must", quoted(entry.tag_name().name())))
        };
        match result {
            Ok(entry) => message.entries.push(entry),
            Err(fact) => message.faults.push(places.fault(entry, format!("{kind}: {fact}"))),
        }
    }
    Ok(())
}

fn login(node: Node<'_, '_>) -> Result<Entry, String> {
    let timeout_minutes = number(node, "timeout", LOGIN_TIMEOUT_MINUTES_MAX)?;
    let block_start = number(node, "blockstart", u32::from(u16::MAX))?;
    Ok(Entry::Login {
        user: named(node, "name")?,
        address: ip(node)?,
        timeout_minutes,
        block_start: block_start.and_then(|port| u16::try_from(port).ok()),
    })
}

fn logout(node: Node<'_, '_>) -> Result<Entry, String> {
    let user = match node.attribute("name") {
        Some("") | None => None,
        Some(_) => Some(named(node, "name")?),
    };
    Ok(Entry::Logout { user, address: ip(node)? })
}

fn group(node: Node<'_, '_>) -> Result<Entry, String> {
    let members = node.children().filter(|child| child.has_tag_name("members"));
    let entries = members.flat_map(|members| members.children().filter(|child| child.has_tag_name("entry")));
    let members = entries.map(|entry| named(entry, "name")).collect::<Result<_, _>>()?;
    Ok(Entry::Group { name: named(node, "name")?, members })
}

fn multi_user_system(node: Node<'_, '_>) -> Result<Entry, String> {
    let port = |name: &str| {
        let port = number(node, name, u32::from(u16::MAX))?.and_then(|port| u16::try_from(port).ok());
        port.filter(|port| *port > 0).ok_or_else(|| format!("it lacks `{name}`"))
    };
    let (start_port, end_port, block_size) = (port("startport")?, port("endport")?, port("blocksize")?);
    if start_port > end_port {
        return Err(format!("its ports {start_port} to {end_port} run backward"));
    }
    Ok(Entry::MultiUserSystem { address: ip(node)?, start_port, end_port, block_size })
}

fn register(node: Node<'_, '_>) -> Result<Entry, String> {
    let persistent = match node.attribute("persistent") {
        None => None,
        Some("0") => Some(false),
        Some("1") => Some(true),
        Some(other) => return Err(format!("`persistent` is {}, neither 0 nor 1", quoted(other))),
    };
    Ok(Entry::Register { address: ip(node)?, persistent, tags: some_tags(node)? })
}

fn some_tags(node: Node<'_, '_>) -> Result<Vec<Tag>, String> {
    let tags = tags(node)?;
    if tags.is_empty() { Err("it names no tag".to_owned()) } else { Ok(tags) }
}

fn tags(node: Node<'_, '_>) -> Result<Vec<Tag>, String> {
    let holders = node.children().filter(|child| child.has_tag_name("tag"));
    let members = holders.flat_map(|tag| tag.children().filter(|child| child.has_tag_name("member")));
    let read = |member: Node<'_, '_>| {
        let name = name(member.text().unwrap_or_default(), "tag")?;
        Ok(Tag { name, timeout_seconds: number(member, "timeout", TAG_TIMEOUT_SECONDS_MAX)? })
    };
    members.map(read).collect()
}

fn ip(node: Node<'_, '_>) -> Result<IpAddr, String> {
    address(node.attribute("ip").ok_or("it lacks `ip`")?)
}

fn named(node: Node<'_, '_>, attribute: &str) -> Result<String, String> {
    name(node.attribute(attribute).ok_or_else(|| format!("it lacks `{attribute}`"))?, attribute)
}

fn name(text: &str, what: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(format!("its {what} is empty"));
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(format!("its {what} has {} bytes, more than {NAME_BYTES_MAX}", text.len()));
    }
    Ok(text.to_owned())
}

fn number(node: Node<'_, '_>, attribute: &str, max: u32) -> Result<Option<u32>, String> {
    let Some(text) = node.attribute(attribute) else { return Ok(None) };
    let number: Option<u32> = text.trim().parse().ok().filter(|number| *number <= max);
    let wrong = || format!("`{attribute}` is {}, no number up to {max}", quoted(text));
    number.map(Some).ok_or_else(wrong)
}

fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.has_tag_name(name))?.text().map(str::trim)
}

/// The parser keeps a place for every open element, so a document must not be deep. Tags are counted as they stand,
/// those in comments too, which no honest document has by the dozen.
fn check_depth(text: &str) -> Result<(), EntryFault> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        match rest.as_bytes().first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let end = rest.find('>').unwrap_or(rest.len());
                if !rest[..end].ends_with('/') {
                    depth += 1;
                }
            }
        }
        if depth > DEPTH_MAX {
            let fact = format!("its elements are more than {DEPTH_MAX} deep");
            return Err(Places::new(text).at(text.len() - rest.len() - 1, fact));
        }
    }
    Ok(())
}

/// Where lines begin.
struct Places<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(after).collect() }
    }

    fn fault(&self, node: Node<'_, '_>, fact: String) -> EntryFault {
        self.at(node.range().start, fact)
    }

    fn at(&self, offset: usize, fact: String) -> EntryFault {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        EntryFault { line, column: self.text[start..offset].chars().count() + 1, fact }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(payload: &str) -> String {
        format!(
            "<uid-message>\n<version>1.0</version>\n<type>update</type>\n<payload>\n{payload}\n</payload></uid-message>"
        )
    }

    fn read(payload: &str) -> UidMessage {
        read_uid_message(&document(payload)).expect("a document")
    }

    /// (line, column, a part of the fact).
    fn faults(message: &UidMessage) -> Vec<(usize, usize, &str)> {
        message.faults.iter().map(|fault| (fault.line, fault.column, fault.fact.as_str())).collect()
    }

    #[test]
    fn minutes_are_a_logins_and_seconds_a_tags() {
        let message = read(
            "<register><entry ip='10.0.0.2' persistent='1'><tag><member timeout='2592000'>quarantine</member></tag></entry>\
             </register><login><entry name='acme\\alice' ip='10.0.0.1' timeout='0'/>\
             <entry name='bob@acme.com' ip='2001:db8::1' timeout='45' blockstart='20000'/></login>",
        );
        let address = |text: &str| text.parse().expect("an address");
        let tag = Tag { name: "quarantine".to_owned(), timeout_seconds: Some(2_592_000) };
        assert_eq!(
            message.entries,
            [
                Entry::Login {
                    user: "acme\\alice".to_owned(),
                    address: address("10.0.0.1"),
                    timeout_minutes: Some(0),
                    block_start: None,
                },
                Entry::Login {
                    user: "bob@acme.com".to_owned(),
                    address: address("2001:db8::1"),
                    timeout_minutes: Some(45),
                    block_start: Some(20_000),
                },
                Entry::Register { address: address("10.0.0.2"), persistent: Some(true), tags: vec![tag] },
            ]
        );
        let long = read(
            "<register><entry ip='10.0.0.2'><tag><member timeout='2592001'>q</member></tag></entry></register>",
        );
        assert_eq!(faults(&long), [(5, 11, "register: `timeout` is \"2592001\", no number up to 2592000")]);
    }

    #[test]
    fn logins_are_carried_out_before_logouts_wherever_they_stand() {
        let message = read(
            "<logout><entry ip='10.0.0.1'/></logout><login><entry name='a' ip='10.0.0.1'/></login>\
             <multiusersystem><entry ip='10.0.0.9' startport='1025' endport='65534' blocksize='200'/></multiusersystem>",
        );
        assert_eq!(message.entries.iter().map(Entry::turn).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_wrong_entry_is_told_with_its_place_and_stops_no_other() {
        let message = read(
            "<login>\n <entry name='a' ip='10.0.0.1'/>\n <entry name='é' ip='10.0.0.256'/><entry ip='10.0.0.2'/>\n \
             <entry name='c' ip='10.0.0.3' timeout='1h'/>\n <login/>\n</login><bogus/>\n\
             <groups><entry name='g'><members><entry/></members></entry></groups>\
             <register-user><entry user='u'/></register-user>\
             <multiusersystem><entry ip='10.0.0.9' startport='9' endport='8' blocksize='2'/></multiusersystem>",
        );
        assert_eq!(message.entries.len(), 1);
        assert_eq!(
            faults(&message),
            [
                (7, 2, "login: \"10.0.0.256\" is no address"),
                (7, 35, "login: it lacks `name`"),
                (8, 2, "login: `timeout` is \"1h\", no number up to 527040"),
                (9, 2, "login: \"login\" stands where an entry must"),
                (10, 9, "\"bogus\" is no element of a payload"),
                (11, 9, "groups: it lacks `name`"),
                (11, 84, "register-user: it names no tag"),
                (11, 134, "multiusersystem: its ports 9 to 8 run backward"),
            ]
        );
    }

    #[test]
    fn nothing_is_expanded_and_nothing_is_deep_or_large() {
        let fact = |text: &str| read_uid_message(text).expect_err("no document").fact;
        let entity = format!(
            "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>{}",
            document("<login><entry name='&a;' ip='1.1.1.1'/></login>")
        );
        assert!(fact(&entity).starts_with("no XML"), "{}", fact(&entity));
        assert!(fact(&document("<login><entry name='&a;' ip='1.1.1.1'/></login>")).starts_with("no XML"));
        assert!(fact(&document(&"<a>".repeat(100_000))).contains("more than 8 deep"));
        assert!(fact(&" ".repeat(DOCUMENT_BYTES_MAX + 1)).contains("more than 5242880"));
        let many = format!("<login>{}</login>", "<entry/>".repeat(ENTRIES_MAX + 1));
        assert!(fact(&document(&many)).contains("more than 100000 entries"));
        assert!(fact("<response/>").contains("no uid-message"));
        assert!(fact("<uid-message><type>config</type></uid-message>").contains("not \"update\""));
        assert!(
            fact("<uid-message><version>3</version><type>update</type></uid-message>").contains("neither")
        );
        assert!(fact("").starts_with("no XML"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in any::<String>(), at in 0_usize..200, piece in "[<>/&;'\"a-z= -]{0,6}") {
            let _ = read_uid_message(&text);
            let whole = document("<login><entry name='a' ip='10.0.0.1'/></login><logout><entry ip='::1'/></logout>");
            let at = at.min(whole.len());
            let _ = read_uid_message(&format!("{}{piece}{}", &whole[..at], &whole[at..]));
        }
    }
}
