//! Check: does the tree have the form that the schema describes? Every problem at once.
//!
//! What is wrong is reported and cut away, and what is left out gets its default, so that the decoder
//! and the resolver can go on and find the problems behind the first one. Must not know what keys mean.

use serde_json::{Map, Value as Json};

use super::draft::value::{Written, check_of};
use super::names;
use super::schema::resolve;
use super::tree::{Key, Tree, Value};
use crate::problem::{PROBLEMS_MAX, Place, Problem};
use crate::units::Span;

/// Checks `tree` against `schema` of `root`, cuts away what is wrong and fills in defaults.
pub(super) fn check(root: &Json, schema: &Json, tree: &mut Tree, partial: bool) -> Vec<Problem> {
    let mut checker = Checker { root, problems: Vec::new() };
    checker.check(schema, tree, &Path { text: String::new(), partial });
    checker.problems
}

/// Top-level keys that begin so are the writer's own: a place for anchors. The schema says so too.
const FREE_KEY: &str = "x-";

struct Checker<'a> {
    root: &'a Json,
    problems: Vec<Problem>,
}

/// Where in the file's structure the check is, and whether keys may be missing there.
struct Path {
    text: String,
    partial: bool,
}

impl Path {
    fn below(&self, key: &str, partial: bool) -> Self {
        let dot = if self.text.is_empty() { "" } else { "." };
        Self { text: format!("{}{dot}{key}", self.text), partial: self.partial || partial }
    }

    fn partial_if(&self, partial: bool) -> Self {
        Self { text: self.text.clone(), partial: self.partial || partial }
    }

    fn name(&self) -> String {
        if self.text.is_empty() { "the file".to_owned() } else { format!("`{}`", self.text) }
    }
}

impl Checker<'_> {
    fn say(&mut self, code: &'static str, place: Place, fact: String, hint: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { code, fact, hint: hint.into(), place: Some(place) });
        }
    }

    /// Whether the value may stay.
    fn check(&mut self, schema: &Json, tree: &mut Tree, path: &Path) -> bool {
        let root = self.root;
        let target = resolve(root, schema);
        let object = target.get("type").and_then(Json::as_str) == Some("object");
        if let Some(short) = target.get("x-short").and_then(Json::as_str)
            && let Some(_text) = tree.scalar_text()
        {
            let place = tree.place;
            let inner = std::mem::replace(tree, Tree { place, value: Value::Null });
            tree.value = Value::Map(vec![(Key { text: short.to_owned(), place }, inner)]);
        }
        if schema.get("x-single").is_some() && !matches!(tree.value, Value::List(_) | Value::Null) {
            tree.value = Value::List(vec![tree.clone()]);
        }
        if tree.value == Value::Null {
            if !object {
                let hint = "write a value, or leave the key out for its default";
                self.say("wrong-type", tree.place, format!("{} is empty", path.name()), hint);
                return false;
            }
            tree.value = Value::Map(Vec::new());
        }
        let get = |key: &str| schema.get(key).or_else(|| target.get(key));
        if let Some(words) = words(target) {
            return self.word(&words, tree, path);
        }
        match get("type").and_then(Json::as_str) {
            Some("object") => self.map(target, tree, path),
            Some("array") => self.list(schema, target, tree, path),
            Some("string") => self.text(schema, target, tree, path),
            Some("boolean") => match tree.value {
                Value::Bool(_) => true,
                _ => self.wrong_type(tree, path, "`true` or `false`", ""),
            },
            Some(number) => self.number(number == "integer", schema, target, tree, path),
            None => true,
        }
    }

    fn wrong_type(&mut self, tree: &Tree, path: &Path, wanted: &str, hint: &str) -> bool {
        let fact = format!("{} takes {wanted}, and this is {}", path.name(), tree.describe());
        self.say("wrong-type", tree.place, fact, hint);
        false
    }

    fn word(&mut self, words: &[&str], tree: &Tree, path: &Path) -> bool {
        let text = tree.scalar_text().unwrap_or_default();
        if words.contains(&text.as_str()) {
            return true;
        }
        let fact =
            format!("{} takes one of {}, and this is {}", path.name(), words.join(", "), tree.describe());
        self.say("wrong-value", tree.place, fact, names::hint(&text, words, "known words"));
        false
    }

    fn text(&mut self, schema: &Json, target: &Json, tree: &mut Tree, path: &Path) -> bool {
        let format = schema.get("format").or_else(|| target.get("format")).and_then(Json::as_str);
        let Some(text) = tree.scalar_text() else {
            return self.wrong_type(tree, path, "a text", "");
        };
        let Some(check) = format.and_then(check_of) else {
            if text.trim().is_empty() {
                self.say(
                    "wrong-value",
                    tree.place,
                    format!("{} is an empty text", path.name()),
                    "write a name",
                );
                return false;
            }
            tree.value = Value::Text(text);
            return true;
        };
        if let Err(fact) = check(&text) {
            let hint = example(format.unwrap_or_default());
            self.say("wrong-value", tree.place, format!("{}: {fact}", path.name()), hint);
            return false;
        }
        for (key, too_far) in [("x-minimum", "least"), ("x-maximum", "most")] {
            let Some(bound) = schema.get(key).and_then(Json::as_str) else { continue };
            let magnitude = text.trim().trim_start_matches(['-', '+']);
            let (Ok(bound_span), Ok(span)) = (Span::read(bound), Span::read(magnitude)) else { continue };
            let outside = if key == "x-minimum" { span < bound_span } else { span > bound_span };
            if outside {
                let fact = format!("{} is {text}; at {too_far} {bound} is possible", path.name());
                self.say("out-of-range", tree.place, fact, "");
                return false;
            }
        }
        tree.value = Value::Text(text);
        true
    }

    fn number(&mut self, whole: bool, schema: &Json, target: &Json, tree: &mut Tree, path: &Path) -> bool {
        let bound = |key: &str| schema.get(key).or_else(|| target.get(key)).and_then(Json::as_f64);
        let (least, most) = (bound("minimum"), bound("maximum"));
        let Some((code, fact, hint)) = number_problem(whole, least, most, tree) else { return true };
        self.say(code, tree.place, format!("{} {fact}", path.name()), hint);
        // It has had its problem; the least value keeps the rest of its map meaningful.
        tree.value = Value::Int(least.unwrap_or(0.0) as i128);
        least.is_some()
    }

    fn list(&mut self, schema: &Json, target: &Json, tree: &mut Tree, path: &Path) -> bool {
        let described = tree.scalar_text();
        let Value::List(items) = &mut tree.value else {
            let hint = described.map(|text| format!("write [{text}]")).unwrap_or_default();
            return self.wrong_type(tree, path, "a list", &hint);
        };
        let count = items.len() as u64;
        let get = |key: &str| schema.get(key).or_else(|| target.get(key));
        let bound = |key: &str| get(key).and_then(Json::as_u64);
        let (least, most) = (bound("minItems").unwrap_or(0), bound("maxItems").unwrap_or(u64::MAX));
        let item_schema = get("items").cloned().unwrap_or(Json::Null);
        let (place, mut index) = (tree.place, 0);
        items.retain_mut(|item| {
            let below = path.below(&index.to_string(), false);
            index += 1;
            self.check(&item_schema, item, &below)
        });
        if count < least || count > most {
            let wanted = if least == most {
                format!("exactly {least}")
            } else if count < least {
                format!("at least {least}")
            } else {
                format!("at most {most}")
            };
            self.say(
                "wrong-count",
                place,
                format!("{} has {count} entries; it takes {wanted}", path.name()),
                "",
            );
            return false;
        }
        true
    }

    fn map(&mut self, target: &Json, tree: &mut Tree, path: &Path) -> bool {
        let Value::Map(entries) = &mut tree.value else {
            return self.wrong_type(tree, path, "a map of keys and values", "");
        };
        let place = tree.place;
        let path = &path.partial_if(target.get("x-partial").is_some());
        self.drop_duplicates(entries, path);
        let properties = target.get("properties").and_then(Json::as_object);
        let all_known = properties.is_none_or(|properties| self.drop_unknown(properties, entries, path));
        if !self.fits_count(target, entries.len() as u64, place, path, all_known) {
            return false;
        }
        let Some(properties) = properties else {
            return target.get("additionalProperties").is_none_or(|each| self.table(each, entries, path));
        };
        self.required(target, properties, entries, place, path);
        entries.retain_mut(|(key, tree)| {
            let partial = properties[&key.text].get("x-partial").is_some();
            self.check(&properties[&key.text], tree, &path.below(&key.text, partial))
        });
        if !path.partial {
            self.fill(properties, entries, place, path);
        }
        // A choice whose one entry was cut away has had its problem.
        !(entries.is_empty() && target.get("minProperties").is_some())
    }

    fn fits_count(&mut self, target: &Json, count: u64, place: Place, path: &Path, all_known: bool) -> bool {
        let bound = |key: &str| target.get(key).and_then(Json::as_u64);
        let (least, most) = (bound("minProperties").unwrap_or(0), bound("maxProperties").unwrap_or(u64::MAX));
        if (least..=most).contains(&count) {
            return true;
        }
        if all_known || count > most {
            let wanted = if most == 1 { "exactly one" } else { "at least one" };
            let properties = target.get("properties").and_then(Json::as_object);
            let known: Vec<&str> =
                properties.map_or_else(Vec::new, |p| p.keys().map(String::as_str).collect());
            let hint = if known.is_empty() { String::new() } else { format!("one of {}", known.join(", ")) };
            self.say(
                "wrong-count",
                place,
                format!("{} has {count} entries; it takes {wanted}", path.name()),
                hint,
            );
        }
        false
    }

    /// Whether every key was known.
    fn drop_unknown(
        &mut self,
        properties: &Map<String, Json>,
        entries: &mut Vec<(Key, Tree)>,
        path: &Path,
    ) -> bool {
        if path.text.is_empty() {
            entries.retain(|(key, _)| !key.text.starts_with(FREE_KEY));
        }
        let before = entries.len();
        entries.retain(|(key, _)| {
            let known = properties.contains_key(&key.text);
            if !known {
                let words: Vec<&str> = properties.keys().map(String::as_str).collect();
                let fact = format!("{} has no key `{}`", path.name(), key.text);
                self.say("unknown-key", key.place, fact, names::hint(&key.text, &words, "known keys"));
            }
            known
        });
        before == entries.len()
    }

    fn required(
        &mut self,
        target: &Json,
        properties: &Map<String, Json>,
        entries: &[(Key, Tree)],
        place: Place,
        path: &Path,
    ) {
        let required = target.get("required").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        for key in required.iter().filter_map(Json::as_str) {
            let full = self.problems.len() >= PROBLEMS_MAX;
            if full || path.partial || entries.iter().any(|(k, _)| k.text == key) {
                continue;
            }
            let doc = properties[key].get("description").and_then(Json::as_str).unwrap_or_default();
            let doc = doc.split(['.', '\n']).next().unwrap_or_default();
            self.problems.push(Problem {
                code: "missing-key",
                fact: format!("{} lacks `{key}`", path.name()),
                hint: format!("`{key}`: {doc}"),
                place: Some(place).filter(|_| !path.text.is_empty()),
            });
        }
    }

    fn drop_duplicates(&mut self, entries: &mut Vec<(Key, Tree)>, path: &Path) {
        let mut seen = std::collections::BTreeSet::new();
        entries.retain(|(key, _)| {
            let new = seen.insert(key.text.clone());
            if !new {
                let fact = format!("`{}` stands twice in {}", key.text, path.name());
                self.say("duplicate-key", key.place, fact, "rename or remove one of the two");
            }
            new
        });
    }

    /// Each value of a map from names; a broken one is emptied, so that its name still refers to something.
    fn table(&mut self, each: &Json, entries: &mut Vec<(Key, Tree)>, path: &Path) -> bool {
        let is_map = resolve(self.root, each).get("type").and_then(Json::as_str) == Some("object");
        entries.retain_mut(|(key, tree)| {
            let below = path.below(&key.text, false);
            if self.check(each, tree, &below) {
                return true;
            }
            tree.value = Value::Map(Vec::new());
            let before = self.problems.len();
            let fits = is_map && self.check(each, tree, &below);
            self.problems.truncate(before);
            fits
        });
        true
    }

    fn fill(
        &mut self,
        properties: &Map<String, Json>,
        entries: &mut Vec<(Key, Tree)>,
        place: Place,
        path: &Path,
    ) {
        for (key, property) in properties {
            let Some(default) = property.get("default") else { continue };
            if entries.iter().any(|(k, _)| k.text == *key) {
                continue;
            }
            let mut tree = Tree::of_json(default, place);
            self.check(property, &mut tree, &path.below(key, false));
            entries.push((Key { text: key.clone(), place }, tree));
        }
    }
}

/// What is wrong with a number: code, fact, hint.
fn number_problem(
    whole: bool,
    least: Option<f64>,
    most: Option<f64>,
    tree: &Tree,
) -> Option<(&'static str, String, &'static str)> {
    let value = match tree.value {
        Value::Int(number) => number as f64,
        Value::Float(number) if !number.is_finite() => {
            let fact = format!("is {number}, which is no finite number");
            return Some(("out-of-range", fact, "write an ordinary number"));
        }
        Value::Float(number) if !whole => number,
        _ => {
            let wanted = if whole { "a whole number" } else { "a number" };
            let fact = format!("takes {wanted}, and this is {}", tree.describe());
            return Some(("wrong-type", fact, "write digits, without unit or quotes"));
        }
    };
    let is_count = !matches!(tree.value, Value::Int(n) if whole && (n < 0 || n > i128::from(u64::MAX)));
    let least = least.unwrap_or(if whole { 0.0 } else { f64::MIN });
    let most = most.unwrap_or(if whole { u64::MAX as f64 } else { f64::MAX });
    if value < least || (whole && value < 0.0) {
        return Some((
            "out-of-range",
            format!("is {}; at least {least} is possible", tree.scalar_text()?),
            "",
        ));
    }
    if value > most || !is_count {
        return Some(("out-of-range", format!("is {}; at most {most} is possible", tree.scalar_text()?), ""));
    }
    None
}

/// The words of an enumeration.
fn words(target: &Json) -> Option<Vec<&str>> {
    if let Some(Json::Array(words)) = target.get("enum") {
        return Some(words.iter().filter_map(Json::as_str).collect());
    }
    let options = target.get("oneOf")?.as_array()?;
    Some(options.iter().filter_map(|option| option.get("const").and_then(Json::as_str)).collect())
}

fn example(format: &str) -> &'static str {
    match format {
        "span" => "write for example \"45m\", \"20ms\" or \"1h 30m\"",
        "lifetime" => "write for example \"45m\", or \"never\"",
        "offset" => "write for example \"200ms\" or \"-3s\"",
        "phase" => "write for example \"500ms\", or \"drawn\"",
        "rate" => "write for example \"100Mbit/s\"",
        "share" => "write for example \"0.1%\"",
        "moment" => "write a time of day (\"09:10\") or a span from the start (\"3h 10m\")",
        _ => "",
    }
}
