//! Tree: what a topology file says before anybody asks what it means, every part with its place.
//!
//! Knows scalars, lists and maps. Must not know which keys exist, nor which YAML crate read them.

use crate::problem::Place;

/// A value and where it stands. Of a map's value that is itself a map or a list, the key's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Where.
    pub place: Place,
    /// What.
    pub value: Value,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true`, `false`.
    Bool(bool),
    /// A number with a fraction, or one that is none (`.nan`).
    Float(f64),
    /// A whole number.
    Int(i128),
    /// A list.
    List(Vec<Tree>),
    /// A map in the order of the file; keys may repeat until somebody complains.
    Map(Vec<(Key, Tree)>),
    /// Nothing at all.
    Null,
    /// A text.
    Text(String),
}

/// A key and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// As written.
    pub text: String,
    /// Where.
    pub place: Place,
}

impl Tree {
    /// Nothing, nowhere.
    #[must_use]
    pub fn nothing() -> Self {
        Self { place: Place::default(), value: Value::Null }
    }

    /// The tree of a JSON value (a default), every part of it at `place`.
    #[must_use]
    pub fn of_json(json: &serde_json::Value, place: Place) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match number.as_i128() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::List(items.iter().map(|item| Self::of_json(item, place)).collect()),
            Json::Object(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(text, item)| (Key { text: text.clone(), place }, Self::of_json(item, place)))
                    .collect(),
            ),
        };
        Self { place, value }
    }

    /// The value under `key`, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k.text == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The entries, when this is a map; else none.
    #[must_use]
    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What a person would call this: `a list`, `the text "5"`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Bool(flag) => format!("{flag}"),
            Value::Float(number) => format!("the number {number}"),
            Value::Int(number) => format!("the number {number}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
            Value::Null => "empty".to_owned(),
            Value::Text(text) => format!("the text {text:?}"),
        }
    }

    /// A scalar as text, the way it would be written; `None` for lists, maps and nothing.
    #[must_use]
    pub fn scalar_text(&self) -> Option<String> {
        match &self.value {
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Int(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::List(_) | Value::Map(_) | Value::Null => None,
        }
    }
}
