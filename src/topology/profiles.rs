//! Profiles: from drafts of syslog parse profiles to compiled ones, and names to profiles.
//!
//! Knows drafts and problems. Must not know who uses a profile.

use super::context::Context;
use super::draft::profile::{EventTypeDraft, FieldDraft, ProfileDraft, RegexDraft};
use super::draft::value::{At, Table};
use crate::formats::{FieldIdentifier, Profile, ProfileFault};
use crate::problem::Place;

/// Compiles every profile of the file and names it in `context`.
pub fn resolve(context: &mut Context<'_>, drafts: &Table<ProfileDraft>) {
    for (name, draft) in drafts.iter() {
        let is_logout = draft.event_type == EventTypeDraft::Logout;
        let made = match (&draft.regex, &draft.field) {
            (Some(regex), None) => by_regex(regex, is_logout, name.place),
            (None, Some(field)) => by_field(field, is_logout, name.place),
            _ => {
                let fact = format!("`{}` takes exactly one of regex and field", name.value);
                context.say(
                    "wrong-count",
                    name.place,
                    fact,
                    "keep the one that the product's documentation tells",
                );
                continue;
            }
        };
        match made {
            Ok(profile) => {
                context.profiles.insert(name.value.clone(), profile);
            }
            Err(faults) => {
                for (place, ProfileFault { field, fact }) in faults {
                    let fact = format!("the {field} of profile `{}`: {fact}", name.value);
                    context.say("wrong-pattern", place, fact, "");
                }
                context.broken_profiles.insert(name.value.clone());
            }
        }
    }
}

fn by_regex(
    draft: &RegexDraft,
    is_logout: bool,
    place: Place,
) -> Result<Profile, Vec<(Place, ProfileFault)>> {
    let text = |at: &Option<At<String>>| at.as_ref().map_or(String::new(), |at| at.value.clone());
    let user = draft.user.as_ref().map(|user| user.value.as_str());
    let made = Profile::regex(is_logout, &text(&draft.event), user, &text(&draft.address));
    let place_of = |field: &str| {
        let at = match field {
            "event" => draft.event.as_ref(),
            "user" => draft.user.as_ref(),
            _ => draft.address.as_ref(),
        };
        at.map_or(place, |at| at.place)
    };
    made.map_err(|faults| faults.into_iter().map(|fault| (place_of(fault.field), fault)).collect())
}

fn by_field(
    draft: &FieldDraft,
    is_logout: bool,
    place: Place,
) -> Result<Profile, Vec<(Place, ProfileFault)>> {
    let text = |at: &Option<At<String>>| at.as_ref().map_or(String::new(), |at| at.value.clone());
    let fields = FieldIdentifier {
        event: text(&draft.event),
        user_prefix: text(&draft.user_prefix),
        user_delimiter: text(&draft.user_delimiter),
        address_prefix: text(&draft.address_prefix),
        address_delimiter: text(&draft.address_delimiter),
    };
    let made = Profile::field(is_logout, fields);
    made.map_err(|faults| faults.into_iter().map(|fault| (place, fault)).collect())
}

/// The profiles of these names; what has no profile of its own is a problem.
pub fn named(context: &mut Context<'_>, names: &[At<String>]) -> Vec<Profile> {
    let mut found = Vec::new();
    for name in names {
        if let Some(profile) = context.profiles.get(&name.value) {
            found.push(profile.clone());
        } else if !context.broken_profiles.contains(&name.value) {
            let known = context.profiles.keys().chain(&context.broken_profiles).map(String::as_str);
            let hint = context.hint(&name.value, known, "declared profiles");
            let fact = format!("there is no syslog profile `{}`", name.value);
            context.say("dangling-reference", name.place, fact, hint);
        }
    }
    found
}
