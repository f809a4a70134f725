//! Naming: may something be called so?
//!
//! Knows patterns and what is named already. Must not know what it is that gets the name.

use std::collections::BTreeMap;

use super::context::Context;
use super::draft::value::At;
use super::names::Vars;
use crate::problem::Place;

/// The longest name; it is printed in tables.
const NAME_LEN_MAX: usize = 80;

/// Whether a name has the placeholders that its group needs.
pub(super) fn fits_pattern(
    context: &mut Context<'_>,
    key: &At<String>,
    counted: bool,
    laid_out: bool,
) -> bool {
    let has = key.value.contains("{n}");
    if counted && !has {
        let hint = format!("write for example `{}-{{n}}`", key.value);
        context.say(
            "pattern",
            key.place,
            format!("`{}` has a `count` but no `{{n}}` in its name", key.value),
            hint,
        );
        return false;
    }
    if has && !counted {
        context.say(
            "pattern",
            key.place,
            format!("`{}` has `{{n}}` in its name but no `count`", key.value),
            "add `count:`",
        );
        return false;
    }
    if laid_out && !key.value.contains("{site}") && !key.value.contains("{1}") {
        let hint = format!("write for example `{}-{{site}}`", key.value);
        let fact = format!("`{}` stands at several sites but has no `{{site}}` in its name", key.value);
        context.say("pattern", key.place, fact, hint);
        return false;
    }
    true
}

/// Whether a name can be one; says so where not.
pub(super) fn is_good_name(context: &mut Context<'_>, name: &str, place: Place) -> bool {
    let fact = if name.len() > NAME_LEN_MAX {
        format!("the name `{name}` is longer than {NAME_LEN_MAX} bytes")
    } else if name == "fleet" {
        "`fleet` stands for all enforcement points together".to_owned()
    } else if name.is_empty()
        || name.contains(|c: char| c.is_whitespace() || c.is_control() || "*/{}\"".contains(c))
    {
        format!("{name:?} is no name: it is empty or has a space or one of * / {{ }} \" in it")
    } else {
        return true;
    };
    context.say("bad-name", place, fact, "names are letters, digits, dots, dashes and underscores");
    false
}

/// Whether nothing else is called so; says so where something is.
pub(super) fn is_new_name(context: &mut Context<'_>, name: &str, place: Place) -> bool {
    let taken = if context.sites.contains_key(name) {
        "a site"
    } else if context.nodes.contains_key(name) {
        "a node, group or pair"
    } else {
        return true;
    };
    let fact = format!("`{name}` is already the name of {taken}");
    context.say("duplicate-name", place, fact, "every site and node needs a name of its own");
    false
}

/// The name that something had before a rename, or the one it has.
pub(super) fn key(context: &mut Context<'_>, was: Option<&At<String>>, name: &str, vars: &Vars) -> String {
    let Some(was) = was else { return name.to_owned() };
    let key = vars.fill(&was.value);
    is_good_name(context, &key, was.place);
    key
}

/// Says where two things would draw from the same streams, as one was called what the other is called.
pub(super) fn check_keys<'k>(
    context: &mut Context<'_>,
    keys: impl Iterator<Item = (&'k str, &'k str, Place)> + Clone,
) {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, key, _) in keys.clone() {
        owners.entry(key).or_default().push(name);
    }
    for (name, key, place) in keys.filter(|(name, key, _)| name != key) {
        if let Some(other) = owners[key].iter().find(|other| **other != name) {
            let fact = format!("`{name}` was `{key}`, and so is, or was, `{other}`");
            let hint = "one thing has one old name; with a `count` it needs `{n}`, as the new name does";
            context.say("duplicate-name", place, fact, hint);
        }
    }
}
