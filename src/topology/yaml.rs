//! YAML: from text to tree. The only file that names a YAML crate.
//!
//! serde-saphyr reads, because it gives places, duplicate keys and budgets; serde_yaml writes, and a test
//! reads every shipped topology with it to the same tree. Must not know which keys exist.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Location, NonFiniteFloatPolicy, Options, Spanned};

use super::tree::{Key, Tree, Value};
use crate::problem::{Place, Problem};

/// The longest topology file. Units: bytes. 10,000 firewalls spelled one by one take about 2 MB.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// The deepest nesting; the deepest that any key needs is 9.
const DEPTH_MAX: usize = 32;
/// Aliases that one file may use; a value shared by every section needs a dozen.
const ALIASES_MAX: usize = 10_000;
/// Values that any file may hold; a longer file may hold one for each of its bytes, which is more than it can
/// spell without aliases.
const VALUES_MIN: usize = 250_000;
/// What aliases may expand to in all. Units: parser events. Ten times a large file's.
const EXPANDED_EVENTS_MAX: usize = 2_000_000;

/// Reads `text`, or says why it is no YAML.
pub fn read(text: &str) -> Result<Tree, Problem> {
    if text.len() > FILE_BYTES_MAX {
        let fact = format!("the file has {} bytes; at most {FILE_BYTES_MAX} are read", text.len());
        let hint = "write groups with `count:` instead of every node by itself".to_owned();
        return Err(Problem { code: "too-large", fact, hint, place: None });
    }
    let tree: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options(text)).map_err(|e| problem(&e, text))?;
    Ok(placed(tree))
}

/// The tree as YAML.
#[must_use]
pub fn write(tree: &Tree) -> String {
    serde_yaml::to_string(&plain(tree)).unwrap_or_default()
}

fn plain(tree: &Tree) -> serde_yaml::Value {
    match &tree.value {
        Value::Bool(flag) => (*flag).into(),
        Value::Float(number) => (*number).into(),
        Value::Int(number) => match u64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => i64::try_from(*number).map_or_else(|_| (*number as f64).into(), Into::into),
        },
        Value::List(items) => serde_yaml::Value::Sequence(items.iter().map(plain).collect()),
        Value::Map(entries) => {
            let pairs = entries.iter().map(|(key, item)| (key.text.as_str().into(), plain(item)));
            serde_yaml::Value::Mapping(pairs.collect())
        }
        Value::Null => serde_yaml::Value::Null,
        Value::Text(text) => text.as_str().into(),
    }
}

fn options(text: &str) -> Options {
    let mut budget = serde_saphyr::budget::Budget::default();
    budget.max_nodes = text.len().max(VALUES_MIN);
    budget.max_events = (2 * text.len()).max(EXPANDED_EVENTS_MAX);
    budget.max_depth = DEPTH_MAX;
    budget.max_aliases = ALIASES_MAX;
    let mut options = Options::default();
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = EXPANDED_EVENTS_MAX;
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options.non_finite_float_policy = NonFiniteFloatPolicy::PassThrough;
    options.strict_booleans = true;
    options.with_snippet = false;
    options
}

fn problem(error: &serde_saphyr::Error, text: &str) -> Problem {
    let inner = error.without_snippet();
    let place = inner.location().map(|location| clip(place_in(&location, text), text));
    let said = inner.to_string();
    let said = said.split(" at line ").next().unwrap_or_default().trim_end_matches([',', ':']);
    let tab = place.is_some_and(|p| text[p.offset..].starts_with('\t')) || said.contains("tab");
    let (code, fact, hint) = match inner {
        serde_saphyr::Error::MultipleDocuments { .. } => {
            ("syntax", "the file holds more than one YAML document", "keep one, and remove the `---` between")
        }
        serde_saphyr::Error::RecursiveReferencesRequireWeakTypes { .. } => {
            ("syntax", "an alias stands inside the very value that it names", "write the value out")
        }
        _ if said.contains("unknown anchor") => (
            "syntax",
            "an alias names an anchor that is not declared above it",
            "declare it first: `&name value`",
        ),
        _ if ["budget", "limit", "replay"].iter().any(|word| said.contains(word)) => {
            let fact = if said.contains("Depth") || said.contains("recursion") {
                format!("values are nested deeper than {DEPTH_MAX} levels")
            } else {
                format!("aliases make this file larger than {} values", text.len().max(VALUES_MIN))
            };
            let hint = "size, nesting and aliases are bounded; write groups with `count:` instead".to_owned();
            return Problem { code: "too-large", fact, hint, place };
        }
        _ if tab => ("syntax", said, "indent with spaces; YAML takes no tabs"),
        _ => ("syntax", said, "look at indentation, colons, brackets and quotes from here upward"),
    };
    Problem { code, fact: format!("this is no valid YAML: {fact}"), hint: hint.to_owned(), place }
}

fn place(location: &Location) -> Place {
    let span = location.span();
    let offset = span.byte_offset().unwrap_or(0) as usize;
    Place { offset, len: span.byte_len().unwrap_or(0) as usize }
}

/// The place of an error, which may know its line and column only.
fn place_in(location: &Location, text: &str) -> Place {
    if location.span().byte_offset().is_some() {
        return place(location);
    }
    let line = usize::try_from(location.line()).unwrap_or(1).max(1);
    let column = usize::try_from(location.column()).unwrap_or(1).max(1);
    let begin: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let within = text[begin..].lines().next().unwrap_or_default();
    let offset = within.char_indices().nth(column - 1).map_or(within.len(), |(at, _)| at);
    Place { offset: begin + offset, len: usize::from(offset < within.len()) }
}

/// A place that lies inside the text, on character boundaries.
fn clip(place: Place, text: &str) -> Place {
    let mut offset = place.offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let mut end = (offset + place.len).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Place { offset, len: end.saturating_sub(offset) }
}

/// A value whose parts know their place but not yet themselves.
struct Raw(Value);

fn placed(spanned: Spanned<Raw>) -> Tree {
    Tree { place: place(&spanned.defined), value: spanned.value.0 }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor).map(Raw)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(i128::from(number)))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Int(i128::from(number)))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(i128::try_from(number).map_or(Value::Float(number as f64), Value::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Spanned<Raw>>()? {
            list.push(placed(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<Raw>>()? {
            let key = placed(key);
            let mut value = placed(entries.next_value::<Spanned<Raw>>()?);
            if matches!(value.value, Value::List(_) | Value::Map(_) | Value::Null) {
                value.place = key.place;
            }
            let text = key.scalar_text().unwrap_or_else(|| key.describe());
            map.push((Key { text, place: key.place }, value));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_its_place() {
        let text = "a: &x {b: 5ms}\nc: [1, .nan, *x]\nb: ü\n";
        let tree = read(text).expect("reads");
        let at = |p: Place| &text[p.offset..p.offset + p.len];
        let a = tree.get("a").and_then(|a| a.get("b")).expect("a.b");
        assert_eq!((at(a.place), &a.value), ("5ms", &Value::Text("5ms".to_owned())));
        assert_eq!(at(tree.entries()[2].0.place), "b");
        assert_eq!(at(tree.get("b").expect("b").place), "ü");
        let Value::List(list) = &tree.get("c").expect("c").value else { panic!("a list") };
        assert_eq!(at(list[2].get("b").expect("alias").place), "5ms");
        assert!(matches!(list[1].value, Value::Float(x) if x.is_nan()));
    }

    #[test]
    fn what_is_written_reads_back_to_the_same() {
        let text = "a: {b: '5', c: 5, d: -1.5, e: true, f: ['x: y', '09:10', 'true', \"{n}\", ~]}\n";
        let once = write(&read(text).expect("reads"));
        assert_eq!(write(&read(&once).expect("reads")), once);
        let f = read(&once).expect("reads").get("a").and_then(|a| a.get("f")).cloned().expect("f");
        let Value::List(f) = f.value else { panic!("a list") };
        assert_eq!(f[2].value, Value::Text("true".to_owned()));
    }

    #[test]
    fn duplicate_keys_both_arrive() {
        assert_eq!(read("a: 1\na: 2\n").expect("reads").entries().len(), 2);
    }
}
