//! Draft of syslog parse profiles: exactly one of `regex` and `field`.
//!
//! Every key with its doc. Must not know what a pattern finds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::value::At;

/// A syslog parse profile: exactly one of `regex` (Regex Identifier) and `field` (Field Identifier).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct ProfileDraft {
    /// What its event means. (documented) a profile is for logins or for logouts, not for both.
    #[schemars(extend("default" = "login"))]
    pub event_type: EventTypeDraft,
    /// Finds things by regular expressions.
    pub regex: Option<RegexDraft>,
    /// Finds things by what stands before and after them.
    pub field: Option<FieldDraft>,
}

/// What a profile's event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventTypeDraft {
    /// A user is there.
    Login,
    /// A user left.
    Logout,
}

/// A Regex Identifier; each pattern has at most 1,024 bytes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct RegexDraft {
    /// What a line must match.
    #[schemars(required)]
    pub event: Option<At<String>>,
    /// The user; its first group in parentheses is taken. Only a logout may do without.
    pub user: Option<At<String>>,
    /// The address; its first group in parentheses is taken.
    #[schemars(required)]
    pub address: Option<At<String>>,
}

/// A Field Identifier. A delimiter is a text, or `\s` (any blank), `\t`, `\n`; the end of the line ends a field too.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct FieldDraft {
    /// What a line must contain.
    #[schemars(required)]
    pub event: Option<At<String>>,
    /// What stands before the user.
    #[schemars(required)]
    pub user_prefix: Option<At<String>>,
    /// What ends the user.
    #[schemars(required)]
    pub user_delimiter: Option<At<String>>,
    /// What stands before the address.
    #[schemars(required)]
    pub address_prefix: Option<At<String>>,
    /// What ends the address.
    #[schemars(required)]
    pub address_delimiter: Option<At<String>>,
}
