//! Schema: the JSON Schema of the topology file, made from the draft's types.
//!
//! Two faces of one thing: `checked` is what the check of a file walks, `published` what editors read.
//! Must not know what a key means.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::draft::General;
use super::draft::node::Cast;
use super::draft::value::Both;

/// What the check walks: no nulls, and required only what has no default.
static CHECKED: LazyLock<Json> = LazyLock::new(|| {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Both<General, Cast>>().to_value();
    tidy(&mut schema);
    schema
});

/// The schema that the check walks.
#[must_use]
pub(super) fn checked() -> &'static Json {
    &CHECKED
}

/// What a schema's `$ref` leads to; itself when it has none.
#[must_use]
pub(super) fn resolve<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    let Some(path) = schema.get("$ref").and_then(Json::as_str) else { return schema };
    root.pointer(path.trim_start_matches('#')).unwrap_or(schema)
}

/// The JSON Schema of the topology file, every key with its doc, range and default.
#[must_use]
pub fn schema() -> String {
    let mut root = checked().clone();
    let whole = root.clone();
    publish(&mut root, &whole);
    if let Json::Object(root) = &mut root {
        let free = "Yours: a place to declare anchors. Not read.";
        root.insert("patternProperties".to_owned(), json!({ "^x-": { "description": free } }));
        root.insert("title".to_owned(), json!("uidsim topology"));
        root.insert(
            "description".to_owned(),
            json!("A network of User-ID nodes, its workload and its faults."),
        );
    }
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

fn tidy(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(tidy),
        Json::Object(object) => {
            object.retain(|key, value| {
                key != "format"
                    || !matches!(value.as_str(), Some("uint64" | "uint32" | "uint16" | "uint8" | "double"))
            });
            strip_null(object);
            keep_required(object);
            object.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

/// An optional key may be left out; it is never written as null.
fn strip_null(object: &mut Map<String, Json>) {
    if let Some(Json::Array(types)) = object.get("type") {
        let kept = types.iter().find(|t| *t != "null").cloned().unwrap_or(Json::Null);
        object.insert("type".to_owned(), kept);
    }
    let Some(Json::Array(options)) = object.get("anyOf") else { return };
    if !options.iter().any(|option| option.get("type") == Some(&json!("null"))) {
        return;
    }
    let kept = options.iter().find(|option| option.get("type") != Some(&json!("null"))).cloned();
    object.shift_remove("anyOf");
    if let Some(Json::Object(kept)) = kept {
        for (key, value) in kept {
            object.entry(key).or_insert(value);
        }
    }
}

fn keep_required(object: &mut Map<String, Json>) {
    let Some(Json::Object(properties)) = object.get("properties") else { return };
    let has_default: Vec<String> =
        properties.iter().filter(|(_, p)| p.get("default").is_some()).map(|(key, _)| key.clone()).collect();
    if let Some(Json::Array(required)) = object.get_mut("required") {
        required.retain(|key| !has_default.iter().any(|d| key == d));
        if required.is_empty() {
            object.shift_remove("required");
        }
    }
}

fn publish(schema: &mut Json, root: &Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(|item| publish(item, root)),
        Json::Object(object) => {
            if object.shift_remove("x-partial").is_some() {
                make_partial(object, root);
            }
            object.values_mut().for_each(|value| publish(value, root));
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
            allow_short(object);
            allow_alone(object);
        }
        _ => {}
    }
}

/// Under `defaults` nothing is required.
fn make_partial(object: &mut Map<String, Json>, root: &Json) {
    let Some(Json::Object(properties)) = object.get_mut("properties") else { return };
    for property in properties.values_mut() {
        let mut whole = resolve(root, property).clone();
        if let Json::Object(whole) = &mut whole {
            whole.shift_remove("required");
        }
        *property = whole;
    }
}

/// A list of one entry may be written as that entry alone.
fn allow_alone(object: &mut Map<String, Json>) {
    if object.shift_remove("x-single").is_none() {
        return;
    }
    let Some(alone) = object.get("items").cloned() else { return };
    let mut whole = std::mem::take(object);
    for key in ["description", "default"] {
        if let Some(value) = whole.shift_remove(key) {
            object.insert(key.to_owned(), value);
        }
    }
    object.insert("anyOf".to_owned(), json!([alone, whole]));
}

/// A map with one key that matters most may be written as that key's value alone.
fn allow_short(object: &mut Map<String, Json>) {
    let Some(Json::String(short)) = object.shift_remove("x-short") else { return };
    let Some(mut alone) = object.get("properties").and_then(|p| p.get(&short)).cloned() else { return };
    if let Json::Object(alone) = &mut alone {
        alone.shift_remove("description");
    }
    let whole = std::mem::take(object);
    if let Some(description) = whole.get("description") {
        object.insert("description".to_owned(), description.clone());
    }
    object.insert("anyOf".to_owned(), json!([alone, whole]));
}
