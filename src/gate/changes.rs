//! Changes: which keys differ between two topology files, by the words of the files.
//!
//! Knows trees as JSON. Must not know what any key means, but for `was`, which declares a rename.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::topology::tree::{self, Tree};

/// Keys of the file that judge a run and do not change it.
const JUDGING: [&str; 5] = ["baseline", "expect", "expect_at", "lint", "name"];

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The keys that lead to it: `defaults.points.announce.interval`.
    pub path: String,
    /// What stood there; `None`: nothing.
    pub before: Option<String>,
    /// What stands there; `None`: nothing.
    pub after: Option<String>,
}

/// The tree as JSON, without what only judges and without the free `x-` keys.
pub(super) fn outline(tree: &Tree) -> Value {
    let mut outline = json(tree);
    if let Value::Object(entries) = &mut outline {
        entries.retain(|key, _| !JUDGING.contains(&key.as_str()) && !key.starts_with("x-"));
    }
    outline
}

fn json(tree: &Tree) -> Value {
    match &tree.value {
        tree::Value::List(items) => Value::Array(items.iter().map(json).collect()),
        tree::Value::Map(entries) => {
            Value::Object(entries.iter().map(|(key, item)| (key.text.clone(), json(item))).collect())
        }
        tree::Value::Null => Value::Null,
        tree::Value::Bool(flag) => Value::Bool(*flag),
        _ => Value::String(tree.scalar_text().unwrap_or_default()),
    }
}

/// The keys in which two outlines differ, in the order of the first and then the second; declared renames are none.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    differ("", Some(&unrenamed(before)), Some(&unrenamed(after)), &mut found);
    found
}

fn differ(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            for key in before.keys().chain(added) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differ(&path, before.get(key), after.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after)))
            if before.len() == after.len() && before.iter().chain(after).any(Value::is_object) =>
        {
            for (index, pair) in before.iter().zip(after).enumerate() {
                differ(&format!("{path}.{index}"), Some(pair.0), Some(pair.1), found);
            }
        }
        // Of what is new or gone as a whole the one key in it tells more.
        (None, Some(Value::Object(only))) if only.len() == 1 => {
            only.iter().for_each(|(key, item)| differ(&format!("{path}.{key}"), None, Some(item), found));
        }
        (Some(Value::Object(only)), None) if only.len() == 1 => {
            only.iter().for_each(|(key, item)| differ(&format!("{path}.{key}"), Some(item), None, found));
        }
        _ if before == after => {}
        _ => {
            let path = path.to_owned();
            found.push(Change { path, before: before.map(words), after: after.map(words) });
        }
    }
}

/// A value on one line, cut where it gets long.
fn words(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string().replace('"', ""),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(std::iter::once('…')).collect()
}

/// The outline in the names that stood before declared renames.
fn unrenamed(outline: &Value) -> Value {
    let mut old_names = BTreeMap::new();
    renames(outline, &mut old_names);
    with_names(outline, &old_names)
}

fn renames(value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(items) => {
            for item in items {
                if let (Some(Value::String(name)), Some(Value::String(was))) =
                    (item.get("name"), item.get("was"))
                {
                    into.insert(name.clone(), was.clone());
                }
                renames(item, into);
            }
        }
        Value::Object(entries) => {
            for (name, item) in entries {
                if let Some(Value::String(was)) = item.get("was") {
                    into.insert(name.clone(), was.clone());
                }
                renames(item, into);
            }
        }
        _ => {}
    }
}

fn with_names(value: &Value, old_names: &BTreeMap<String, String>) -> Value {
    let named = |text: &String| old_names.get(text).unwrap_or(text).clone();
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| with_names(item, old_names)).collect()),
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, item)| *key != "was" || !item.is_string());
            let entries: Map<String, Value> =
                kept.map(|(key, item)| (named(key), with_names(item, old_names))).collect();
            // A member with its old name alone is what a plain name stands for.
            match entries.get("name") {
                Some(name) if entries.len() == 1 && old_names.values().any(|old| name == old) => name.clone(),
                _ => Value::Object(entries),
            }
        }
        Value::String(text) => Value::String(named(text)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(before: &Value, after: &Value) -> Vec<String> {
        let side = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        let one =
            |change: Change| format!("{} {} -> {}", change.path, side(change.before), side(change.after));
        changes(before, after).into_iter().map(one).collect()
    }

    #[test]
    fn every_key_that_differs_is_named_once() {
        let before = json!({"a": {"b": "1s", "c": ["x"]}, "f": [{"at": "1"}, {"at": "2"}], "gone": "y"});
        let after = json!({"a": {"b": "2s", "c": ["x", "z"]}, "f": [{"at": "1"}, {"at": "3"}], "new": true});
        assert_eq!(
            said(&before, &after),
            ["a.b 1s -> 2s", "a.c [x] -> [x,z]", "f.1.at 2 -> 3", "gone y -> nothing", "new nothing -> true"]
        );
        assert_eq!(said(&before, &before), [""; 0]);
    }

    #[test]
    fn a_declared_rename_is_no_change() {
        let before =
            json!({"agents": {"agent": {"site": "hq"}}, "firewalls": {"fw": {"upstreams": ["agent"]}}});
        let after = json!({"agents": {"uid": {"site": "hq", "was": "agent"}}, "firewalls": {"fw": {"upstreams": ["uid"]}}});
        assert_eq!(said(&before, &after), [""; 0]);
        assert_eq!(said(&after, &after), [""; 0]);
        let undeclared =
            json!({"agents": {"uid": {"site": "hq"}}, "firewalls": {"fw": {"upstreams": ["uid"]}}});
        assert_eq!(said(&before, &undeclared).len(), 3);
        let members = json!({"p": {"x": {"members": ["a", "b"]}}});
        let renamed = json!({"p": {"x": {"members": [{"name": "c", "was": "a"}, "b"]}}});
        assert_eq!(said(&members, &renamed), [""; 0]);
    }
}
