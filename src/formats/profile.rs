//! Syslog parse profiles: how a learner finds event, user and address in the text of a line.
//!
//! Knows the two ways of PAN-OS, Regex Identifier and Field Identifier. Must not know who sent the line. A profile
//! means logins or logouts, never both (documented).

use regex::{Regex, RegexBuilder};

use super::{Identified, address, quoted};

/// Bytes of one pattern. Source: none, a guess.
pub const PATTERN_BYTES_MAX: usize = 1_024;
/// Bytes that one compiled pattern may take. Source: none, a guess; the engine's own limit is ten times as high.
const PROGRAM_BYTES_MAX: usize = 1 << 20;

/// Finds things by regular expressions; the first capture group is what is found.
#[derive(Clone, Debug)]
pub struct RegexIdentifier {
    event: Regex,
    user: Option<Regex>,
    address: Regex,
}

/// Finds things by the text before and after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldIdentifier {
    /// What the line must contain.
    pub event: String,
    /// What stands before the user.
    pub user_prefix: String,
    /// What ends the user: a text, or `\s`, `\t`, `\n`.
    pub user_delimiter: String,
    /// What stands before the address.
    pub address_prefix: String,
    /// What ends the address: a text, or `\s`, `\t`, `\n`.
    pub address_delimiter: String,
}

/// A pattern that cannot be used: which of a profile's fields, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFault {
    /// `event`, `user` or `address`.
    pub field: &'static str,
    /// Half a sentence.
    pub fact: String,
}

/// Why a profile learns nothing from a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The line has the event, and no address that can be read; half a sentence.
    Address(String),
    /// The line is about something else.
    Event,
    /// The line has the event and no user.
    User,
}

impl PartialEq for RegexIdentifier {
    fn eq(&self, other: &Self) -> bool {
        let texts = |regex: &Self| {
            let user = regex.user.as_ref().map(|user| user.as_str().to_owned());
            (regex.event.as_str().to_owned(), user, regex.address.as_str().to_owned())
        };
        texts(self) == texts(other)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum How {
    Field(FieldIdentifier),
    Regex(RegexIdentifier),
}

/// One parse profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    is_logout: bool,
    how: How,
}

impl Profile {
    /// A profile of regular expressions; without one for the user it is a logout's that names nobody.
    ///
    /// Errors: every pattern that is too long, no regular expression or lacks its group.
    pub fn regex(
        is_logout: bool,
        event: &str,
        user: Option<&str>,
        address: &str,
    ) -> Result<Self, Vec<ProfileFault>> {
        let mut faults = Vec::new();
        let mut compile = |field, pattern: &str, group: bool| match compile(pattern, group) {
            Ok(regex) => Some(regex),
            Err(fact) => {
                faults.push(ProfileFault { field, fact });
                None
            }
        };
        let event = compile("event", event, false);
        let found = user.map(|pattern| compile("user", pattern, true));
        let address = compile("address", address, true);
        if user.is_none() && !is_logout {
            faults.push(ProfileFault { field: "user", fact: "a login needs a user".to_owned() });
        }
        match (event, address) {
            (Some(event), Some(address)) if faults.is_empty() => {
                let how = How::Regex(RegexIdentifier { event, user: found.flatten(), address });
                Ok(Self { is_logout, how })
            }
            _ => Err(faults),
        }
    }

    /// A profile of fields.
    ///
    /// Errors: every text that must not be empty and is.
    pub fn field(is_logout: bool, fields: FieldIdentifier) -> Result<Self, Vec<ProfileFault>> {
        let empty = |field, text: &str| {
            text.is_empty().then(|| ProfileFault { field, fact: "it is empty".to_owned() })
        };
        let faults: Vec<ProfileFault> = [
            empty("event", &fields.event),
            empty("user", &fields.user_prefix),
            empty("user", &fields.user_delimiter),
            empty("address", &fields.address_prefix),
            empty("address", &fields.address_delimiter),
        ]
        .into_iter()
        .flatten()
        .collect();
        if faults.is_empty() { Ok(Self { is_logout, how: How::Field(fields) }) } else { Err(faults) }
    }

    /// Whether it means logouts.
    #[must_use]
    pub fn is_logout(&self) -> bool {
        self.is_logout
    }

    /// What the text of a line says. The address may be of either family.
    ///
    /// Errors: why nothing is learned.
    pub fn read(&self, line: &str) -> Result<Identified, Unread> {
        let (user, found) = match &self.how {
            How::Regex(regex) => {
                if !regex.event.is_match(line) {
                    return Err(Unread::Event);
                }
                let user = match &regex.user {
                    Some(pattern) => Some(group(pattern, line).ok_or(Unread::User)?),
                    None => None,
                };
                (user, group(&regex.address, line))
            }
            How::Field(fields) => {
                if !line.contains(fields.event.as_str()) {
                    return Err(Unread::Event);
                }
                let user = between(line, &fields.user_prefix, &fields.user_delimiter).ok_or(Unread::User)?;
                (Some(user), between(line, &fields.address_prefix, &fields.address_delimiter))
            }
        };
        let user = user.map(str::trim);
        if user == Some("") {
            return Err(Unread::User);
        }
        let found = found.ok_or_else(|| Unread::Address("nothing stands where it must".to_owned()))?;
        let address = address(found).map_err(Unread::Address)?;
        Ok(Identified { address, user: user.map(str::to_owned), is_logout: self.is_logout })
    }
}

fn compile(pattern: &str, needs_group: bool) -> Result<Regex, String> {
    if pattern.is_empty() {
        return Err("it is empty".to_owned());
    }
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("it has {} bytes, more than {PATTERN_BYTES_MAX}", pattern.len()));
    }
    let built =
        RegexBuilder::new(pattern).size_limit(PROGRAM_BYTES_MAX).dfa_size_limit(PROGRAM_BYTES_MAX).build();
    let regex = built.map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("{} is no regular expression: {last}", quoted(pattern))
    })?;
    if needs_group && regex.captures_len() < 2 {
        return Err(format!("{} has no group in parentheses to take", quoted(pattern)));
    }
    Ok(regex)
}

fn group<'a>(pattern: &Regex, line: &'a str) -> Option<&'a str> {
    pattern.captures(line)?.get(1).map(|found| found.as_str())
}

/// What stands after `prefix` up to `delimiter`, or up to the end of the line.
fn between<'a>(line: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    let after = &line[line.find(prefix)? + prefix.len()..];
    let end = match delimiter {
        "\\s" => after.find(char::is_whitespace),
        "\\t" => after.find('\t'),
        "\\n" => after.find('\n'),
        text => after.find(text),
    };
    Some(&after[..end.unwrap_or(after.len())])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The endpoint manager's profile, word for word as its maker tells to type it.
    fn heartbeat() -> Profile {
        let (user, address) = (r"duser=([a-zA-Z0-9\_]+)", "dst=([A-F0-9a-f:.]+)");
        Profile::regex(false, "Service is alive", Some(user), address).expect("legal")
    }

    fn said(user: &str, address: &str, is_logout: bool) -> Identified {
        let user = Some(user.to_owned()).filter(|user| !user.is_empty());
        Identified { address: address.parse().expect("an address"), user, is_logout }
    }

    #[test]
    fn the_heartbeat_of_the_endpoint_manager_names_user_and_address() {
        let line = |user: &str, ip: &str| {
            format!(
                "<14>Jul 10 22:16:19 esm01 LEEF:1.0|Palo Alto Networks|Traps Endpoint Security Manager|4.2|Heartbeat|\
                 cat=Agent\tshost=PC-7\tduser={user}\tdst={ip}\tmsg=Service is alive"
            )
        };
        assert_eq!(heartbeat().read(&line("jdoe", "10.1.2.3")), Ok(said("jdoe", "10.1.2.3", false)));
        assert_eq!(heartbeat().read(&line("jdoe", "2001:db8::7")), Ok(said("jdoe", "2001:db8::7", false)));
        // The pattern has no backslash, so of `corp\jdoe` it takes the domain: the real profile's own trap.
        assert_eq!(heartbeat().read(&line("corp\\jdoe", "10.1.2.3")), Ok(said("corp", "10.1.2.3", false)));
        let stopped = line("jdoe", "10.1.2.3").replace("alive", "stopped");
        assert_eq!(heartbeat().read(&stopped), Err(Unread::Event));
        assert_eq!(heartbeat().read(&line("", "10.1.2.3")), Err(Unread::User));
        assert!(matches!(heartbeat().read(&line("jdoe", "1.2.3")), Err(Unread::Address(_))));
        assert!(matches!(heartbeat().read(&line("jdoe", "pc-7")), Err(Unread::Address(_))));
    }

    #[test]
    fn fields_are_found_between_prefix_and_delimiter() {
        let fields = |event: &str| FieldIdentifier {
            event: event.to_owned(),
            user_prefix: "User:".to_owned(),
            user_delimiter: "\\s".to_owned(),
            address_prefix: "Source:".to_owned(),
            address_delimiter: "\\s".to_owned(),
        };
        // The vendor's own example line.
        let line = "[Tue Jul 5 13:15:04 2005 CDT] Administrator authentication success User:domain\\johndoe_4 \
                    Source:192.168.0.212";
        let login = Profile::field(false, fields("authentication success")).expect("legal");
        assert_eq!(login.read(line), Ok(said("domain\\johndoe_4", "192.168.0.212", false)));
        let logout = Profile::field(true, fields("session end")).expect("legal");
        assert_eq!(logout.read(line), Err(Unread::Event));
        assert_eq!(login.read(&line.replace("User:", "Who:")), Err(Unread::User));
        assert!(matches!(login.read(&line.replace("192", "x")), Err(Unread::Address(_))));
        let nac = FieldIdentifier {
            event: "<START>".to_owned(),
            user_prefix: "User <".to_owned(),
            user_delimiter: ">".to_owned(),
            address_prefix: "Address <".to_owned(),
            address_delimiter: ">".to_owned(),
        };
        let nac = Profile::field(false, nac).expect("legal");
        assert_eq!(
            nac.read("<START> Device <x> User <jdoe> Address <10.0.0.9> done"),
            Ok(said("jdoe", "10.0.0.9", false))
        );
    }

    #[test]
    fn a_logout_may_name_nobody_and_a_login_may_not() {
        let nobody = Profile::regex(true, "released", None, "ip=(\\S+)").expect("legal");
        assert_eq!(nobody.read("lease released ip=10.0.0.1"), Ok(said("", "10.0.0.1", true)));
        let faults = Profile::regex(false, "(", Some("user"), &"x".repeat(2_000)).expect_err("three faults");
        assert_eq!(faults.iter().map(|f| f.field).collect::<Vec<_>>(), ["event", "user", "address"]);
        assert!(faults[0].fact.contains("no regular expression") && faults[1].fact.contains("no group"));
        let huge = Profile::regex(true, "(a{1000}){1000}", None, "(x)").expect_err("too large");
        assert!(huge[0].fact.contains("size"), "{huge:?}");
        assert!(Profile::regex(false, "x", None, "(x)").is_err());
        let empty = FieldIdentifier {
            event: String::new(),
            user_prefix: "a".to_owned(),
            user_delimiter: String::new(),
            address_prefix: "b".to_owned(),
            address_delimiter: "c".to_owned(),
        };
        assert_eq!(Profile::field(false, empty).expect_err("two").len(), 2);
    }

    proptest! {
        #[test]
        fn arbitrary_lines_never_panic_and_names_are_parts_of_them(line in any::<String>(), pattern in ".{0,12}") {
            for profile in [Some(heartbeat()), Profile::regex(true, &pattern, None, &pattern).ok()].into_iter().flatten() {
                if let Ok(Identified { user: Some(user), .. }) = profile.read(&line) {
                    prop_assert!(line.contains(&user));
                }
            }
        }
    }
}
