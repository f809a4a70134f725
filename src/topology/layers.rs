//! Layers: what the command line sets over the file, and what `defaults:` lay under its entries.
//!
//! Knows trees and the schema's shape. Must not know what keys mean.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::names;
use super::schema::resolve;
use super::tree::{Key, Tree, Value};
use super::yaml;
use crate::problem::{Place, Problem};

/// Values that defaults may be copied to in all: a hundred for each of 100,000 entries.
const LAID_MAX: usize = 10_000_000;
/// Places from here on do not lie in the file but in the override of this number.
const OVERRIDE_PLACE: usize = usize::MAX / 2;

/// Sections whose nodes have a user table, for which `defaults: points:` holds.
const POINT_SECTIONS: [&str; 6] =
    ["agents", "collector_groups", "panoramas", "hubs", "firewalls", "ha_pairs"];
const OTHER_SECTIONS: [&str; 14] = [
    "captive_portals",
    "cloud_identity_engines",
    "directories",
    "domain_controllers",
    "edirectories",
    "exchange_servers",
    "globalprotect_gateways",
    "links",
    "nac_exports",
    "radius_servers",
    "sources",
    "syslog_senders",
    "terminal_servers",
    "xml_api_clients",
];
/// Keys whose maps are merged key by key; everything else is taken whole or not at all.
const MERGED_KEYS: [&str; 5] = ["processor", "announce", "keepalive", "reconnect", "heartbeat"];

/// Sets `path` to `value` (YAML) in `tree`, for override number `number`.
pub(super) fn set(
    root: &Json,
    tree: &mut Tree,
    number: usize,
    path: &str,
    value: &str,
) -> Result<(), Problem> {
    let wrong = |fact: String, hint: String| Problem {
        code: "override",
        fact: format!("--set {path}={value}: {fact}"),
        hint,
        place: None,
    };
    let mut new = yaml::read(value).map_err(|p| wrong(p.fact, p.hint))?;
    move_to(&mut new, Place { offset: OVERRIDE_PLACE + number, len: 0 });
    let segments: Vec<&str> = path.split('.').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return Err(wrong(
            "the path has an empty part".to_owned(),
            "write for example firewalls.fw-1.timeout".to_owned(),
        ));
    }
    match descend(root, root, tree, &segments, &new) {
        Ok(0) => Err(wrong("nothing matches the path".to_owned(), String::new())),
        Ok(_) => Ok(()),
        Err((fact, hint)) => Err(wrong(fact, hint)),
    }
}

/// The problem as the reader of a command line sees it, when it lies in an override.
pub(super) fn relocate(mut problem: Problem, overrides: &[(String, String)]) -> Problem {
    if let Some(number) = problem.place.and_then(|p| p.offset.checked_sub(OVERRIDE_PLACE)) {
        problem.place = None;
        if let Some((path, value)) = overrides.get(number) {
            problem.fact = format!("--set {path}={value}: {}", problem.fact);
        }
    }
    problem
}

fn move_to(tree: &mut Tree, place: Place) {
    tree.place = place;
    match &mut tree.value {
        Value::List(items) => items.iter_mut().for_each(|item| move_to(item, place)),
        Value::Map(entries) => entries.iter_mut().for_each(|(key, item)| {
            key.place = place;
            move_to(item, place);
        }),
        _ => {}
    }
}

/// How many places were set, or the fact and the hint that speak against it.
fn descend(
    root: &Json,
    schema: &Json,
    tree: &mut Tree,
    segments: &[&str],
    new: &Tree,
) -> Result<usize, (String, String)> {
    let Some(first) = segments.first() else {
        *tree = new.clone();
        return Ok(1);
    };
    let alone = schema.get("x-single").and_then(|_| schema.get("items"));
    if let Some(each) = alone.filter(|_| !matches!(tree.value, Value::List(_))) {
        return descend(root, each, tree, segments, new);
    }
    let target = resolve(root, schema);
    if let Value::List(items) = &mut tree.value {
        let length = items.len();
        let each = schema.get("items").or_else(|| target.get("items")).unwrap_or(&Json::Null);
        let item = first.parse::<usize>().ok().and_then(|index| items.get_mut(index));
        let item = item.ok_or_else(|| {
            (format!("`{first}` is no position of a list of {length}"), "positions count from 0".to_owned())
        })?;
        return descend(root, each, item, &segments[1..], new);
    }
    if !matches!(tree.value, Value::Map(_)) {
        tree.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut tree.value else { return Ok(0) };
    let below = |key: &str| {
        target.get("properties").and_then(|p| p.get(key)).or_else(|| target.get("additionalProperties"))
    };
    if names::is_glob(first) {
        let mut count = 0;
        for (key, item) in entries.iter_mut().filter(|(key, _)| names::matches(first, &key.text)) {
            count += descend(root, below(&key.text).unwrap_or(&Json::Null), item, &segments[1..], new)?;
        }
        return Ok(count);
    }
    for taken in (1..=segments.len()).rev() {
        let joined = segments[..taken].join(".");
        if let Some((key, item)) = entries.iter_mut().find(|(key, _)| key.text == joined) {
            return descend(root, below(&key.text).unwrap_or(&Json::Null), item, &segments[taken..], new);
        }
    }
    if let Some(property) = target.get("properties").and_then(|p| p.get(*first)) {
        let mut item = Tree { place: new.place, value: Value::Map(Vec::new()) };
        let count = descend(root, property, &mut item, &segments[1..], new)?;
        entries.push((Key { text: (*first).to_owned(), place: new.place }, item));
        return Ok(count);
    }
    let mut known: Vec<&str> = entries.iter().map(|(key, _)| key.text.as_str()).collect();
    if let Some(properties) = target.get("properties").and_then(Json::as_object) {
        known = properties.keys().map(String::as_str).collect();
    }
    Err((format!("there is no `{first}` in the path"), names::hint(first, &known, "known there")))
}

/// Lays `defaults:` under every entry of the sections they are for.
///
/// # Errors
/// When that would make a huge file of a small one.
pub(super) fn lay_defaults(tree: &mut Tree) -> Result<(), Problem> {
    let Some(defaults) = tree.get("defaults").cloned() else { return Ok(()) };
    let Value::Map(sections) = &mut tree.value else { return Ok(()) };
    let mut laid = 0_usize;
    let sizes: BTreeMap<&str, (usize, &Tree)> =
        defaults.entries().iter().map(|(key, layer)| (key.text.as_str(), (size(layer), layer))).collect();
    for (section, table) in sections {
        let is_point = POINT_SECTIONS.contains(&section.text.as_str());
        if !is_point && !OTHER_SECTIONS.contains(&section.text.as_str()) {
            continue;
        }
        let Value::Map(entries) = &mut table.value else { continue };
        for (_, entry) in entries {
            if entry.value == Value::Null {
                entry.value = Value::Map(Vec::new());
            }
            for layer in [Some(section.text.as_str()), is_point.then_some("points")].into_iter().flatten() {
                if let Some(layer) = sizes.get(layer) {
                    laid = laid.saturating_add(layer.0);
                    if laid > LAID_MAX {
                        let fact = format!(
                            "`defaults` lay more than {LAID_MAX} values under the entries of the file"
                        );
                        let hint = "shorten their lists, or write groups with `count:`".to_owned();
                        return Err(Problem { code: "too-large", fact, hint, place: Some(defaults.place) });
                    }
                    lay_under(entry, layer.1);
                }
            }
        }
    }
    Ok(())
}

/// Values in a tree.
fn size(tree: &Tree) -> usize {
    1 + match &tree.value {
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(_, item)| size(item)).sum(),
        _ => 0,
    }
}

fn lay_under(entry: &mut Tree, layer: &Tree) {
    let Value::Map(own) = &mut entry.value else { return };
    for (key, value) in layer.entries() {
        match own.iter_mut().find(|(k, _)| k.text == key.text) {
            Some((_, mine)) if MERGED_KEYS.contains(&key.text.as_str()) => lay_under(mine, value),
            Some(_) => {}
            None => own.push((key.clone(), value.clone())),
        }
    }
}
