//! Leaves: a part of a report as a flat list of paths and values, with every digit kept.
//!
//! What `expect:` looks up and what a CSV row lists. A row of the visibility table is found under its span
//! (`visibility.5s.share`); other lists have no path.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::units::Span;

use super::Decimal;

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// The value as JSON text.
    pub value: String,
}

/// The values of `part`, in its order.
///
/// Panics when `part` does not serialise to a JSON object.
#[must_use]
pub fn leaves(part: &impl Serialize) -> Vec<Leaf> {
    let text = serde_json::to_string(part).expect("a report serialises");
    let mut leaves = Vec::new();
    descend(&text, &mut Vec::new(), &mut leaves);
    leaves
}

fn descend(text: &str, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match text.as_bytes().first() {
        Some(b'{') => {
            let object: Object<'_> = serde_json::from_str(text).expect("a report is JSON");
            for (key, value) in object.0 {
                path.push(key);
                descend(value.get(), path, leaves);
                path.pop();
            }
        }
        Some(b'[') => {
            let rows: Vec<&RawValue> = serde_json::from_str(text).expect("a report is JSON");
            for row in rows {
                let Some(span) = span_of(row.get()) else { continue };
                path.push(span);
                descend(row.get(), path, leaves);
                path.pop();
            }
        }
        _ => leaves.push(Leaf { path: path.clone(), value: text.to_owned() }),
    }
}

/// The span that names a row of the visibility table.
fn span_of(row: &str) -> Option<String> {
    let object: Object<'_> = serde_json::from_str(row).ok()?;
    let (_, within) = object.0.into_iter().find(|(key, _)| key == "within_seconds")?;
    let nanos = within.get().parse::<Decimal>().ok()?.billionths();
    Some(Span::from_nanos(u64::try_from(nanos).ok()?).to_string())
}

/// An object with its keys in order and its values untouched.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}
