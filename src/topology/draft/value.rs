//! The building stones of the draft: a value with its place, texts with units, tables in file order.
//!
//! Knows how each is written in the file and in the JSON Schema. Must not know what any key means.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::problem::Place;
use crate::roles::Phase;
use crate::units::{BitRate, Ratio, Span};

/// A value and where the file says it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(from = "Parts<T>")]
pub struct At<T> {
    /// What.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// How the decoder hands over a value with its place; it knows the type by this name.
#[derive(serde::Deserialize)]
#[serde(rename = "At")]
struct Parts<T>(usize, usize, T);

impl<T> From<Parts<T>> for At<T> {
    fn from(parts: Parts<T>) -> Self {
        Self { value: parts.2, place: Place { offset: parts.0, len: parts.1 } }
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// Something that the file writes as text.
pub trait Written: Sized {
    /// The `format` of the JSON Schema, by which the check finds `read`.
    const FORMAT: &'static str;

    /// The value of `text`, or the fact that speaks against it.
    fn read(text: &str) -> Result<Self, String>;
}

/// A value written as text, and where.
#[derive(Clone, Debug)]
pub struct Unit<T> {
    /// What.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<'de, T: Written> Deserialize<'de> for Unit<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = At::<String>::deserialize(deserializer)?;
        let value = T::read(&text.value).map_err(serde::de::Error::custom)?;
        Ok(Self { value, place: text.place })
    }
}

impl<T: Written> JsonSchema for Unit<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::FORMAT.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": T::FORMAT })
    }
}

/// A span, which is never negative: `45m`, `20ms`, `1h 30m`.
impl Written for Span {
    const FORMAT: &'static str = "span";

    fn read(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('-') {
            return Err(format!("{text:?} is negative"));
        }
        text.parse().map_err(|e: crate::units::UnitError| e.to_string())
    }
}

impl Written for BitRate {
    const FORMAT: &'static str = "rate";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|e: crate::units::UnitError| e.to_string())
    }
}

impl Written for Ratio {
    const FORMAT: &'static str = "share";

    fn read(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('-') {
            return Err(format!("{text:?} is negative; a share lies between 0% and 100%"));
        }
        text.parse().map_err(|e: crate::units::UnitError| e.to_string())
    }
}

/// How far a clock is ahead. Units: nanoseconds, negative when behind.
#[derive(Clone, Copy, Debug)]
pub struct Offset(pub i64);

impl Written for Offset {
    const FORMAT: &'static str = "offset";

    fn read(text: &str) -> Result<Self, String> {
        let (sign, rest) = match text.trim().strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.trim().trim_start_matches('+')),
        };
        let nanos = i64::try_from(Span::read(rest)?.nanos()).map_err(|_| format!("{text:?} is too large"))?;
        Ok(Self(sign * nanos))
    }
}

/// How long something lives; `None`: for ever, written `never`.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime(pub Option<Span>);

impl Written for Lifetime {
    const FORMAT: &'static str = "lifetime";

    fn read(text: &str) -> Result<Self, String> {
        if text == "never" { Ok(Self(None)) } else { Span::read(text).map(Some).map(Self) }
    }
}

impl Written for Phase {
    const FORMAT: &'static str = "phase";

    fn read(text: &str) -> Result<Self, String> {
        if text == "drawn" { Ok(Self::Drawn) } else { Span::read(text).map(Self::At) }
    }
}

/// A time of day, from midnight: `06:00`, `09:10:30`.
#[derive(Clone, Copy, Debug)]
pub struct TimeOfDay(pub Span);

impl Written for TimeOfDay {
    const FORMAT: &'static str = "time-of-day";

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time of day; write for example \"06:00\" or \"09:10:30\"");
        let parts: Vec<&str> = text.trim().split(':').collect();
        if !(2..=3).contains(&parts.len()) {
            return Err(wrong());
        }
        let mut seconds = 0;
        for (part, (limit, worth)) in parts.iter().zip([(24, 3_600), (60, 60), (60, 1)]) {
            let two_digits = part.len() <= 2 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let number: u64 =
                if two_digits { part.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
            if number >= limit {
                return Err(wrong());
            }
            seconds += number * worth;
        }
        Ok(Self(Span::from_seconds(seconds)))
    }
}

/// A point of the run: a time of day (the next one after the start) or a span from the start.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// From the start on.
    AfterStart(Span),
    /// The first such time of day at or after the start.
    Daily(TimeOfDay),
}

impl Moment {
    /// The distance from the start, which is at `start` of the day.
    #[must_use]
    pub fn since(self, start: Span) -> Span {
        match self {
            Self::AfterStart(span) => span,
            Self::Daily(TimeOfDay(time)) if time >= start => time - start,
            Self::Daily(TimeOfDay(time)) => time + Span::from_seconds(86_400) - start,
        }
    }
}

impl Written for Moment {
    const FORMAT: &'static str = "moment";

    fn read(text: &str) -> Result<Self, String> {
        if text.contains(':') {
            TimeOfDay::read(text).map(Self::Daily)
        } else {
            Span::read(text).map(Self::AfterStart)
        }
    }
}

/// As one writes it: `09:10`, `90m`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterStart(span) => span.fmt(f),
            Self::Daily(TimeOfDay(time)) => {
                let seconds = time.nanos() / 1_000_000_000;
                write!(f, "{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)?;
                if seconds % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
            }
        }
    }
}

/// An address of a host.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub IpAddr);

impl Written for Address {
    const FORMAT: &'static str = "address";

    fn read(text: &str) -> Result<Self, String> {
        let wrong = |_| format!("{text:?} is no address; write for example \"10.1.2.3\"");
        text.parse().map(Self).map_err(wrong)
    }
}

/// A network; `{n}` in it stands for the number within the group.
#[derive(Clone, Debug)]
pub struct NetworkText(pub String);

impl NetworkText {
    /// The network that this is for number `n` of a group.
    pub fn network(&self, n: u64) -> Result<IpNet, String> {
        let text = self.0.replace("{n}", &n.to_string());
        let net: IpNet =
            text.parse().map_err(|_| format!("{text:?} is no network; write for example \"10.1.0.0/16\""))?;
        if net.trunc() == net {
            Ok(net)
        } else {
            Err(format!("{text:?} has host bits set; the network is {}", net.trunc()))
        }
    }
}

impl Written for NetworkText {
    const FORMAT: &'static str = "network";

    fn read(text: &str) -> Result<Self, String> {
        let read = Self(text.to_owned());
        read.network(1).map(|_| read)
    }
}

/// A check of a text against a format.
pub type Check = fn(&str) -> Result<(), String>;

/// The check that belongs to a `format` of the JSON Schema.
#[must_use]
pub fn check_of(format: &str) -> Option<Check> {
    fn by<T: Written>(text: &str) -> Result<(), String> {
        T::read(text).map(|_| ())
    }
    let all: [(&str, Check); 11] = [
        (Address::FORMAT, by::<Address>),
        (Span::FORMAT, by::<Span>),
        (BitRate::FORMAT, by::<BitRate>),
        (Ratio::FORMAT, by::<Ratio>),
        (Offset::FORMAT, by::<Offset>),
        (Lifetime::FORMAT, by::<Lifetime>),
        (Phase::FORMAT, by::<Phase>),
        (TimeOfDay::FORMAT, by::<TimeOfDay>),
        (Moment::FORMAT, by::<Moment>),
        (NetworkText::FORMAT, by::<NetworkText>),
        ("file", |text| if text.is_empty() { Err("a file needs a name".to_owned()) } else { Ok(()) }),
    ];
    all.iter().find(|(name, _)| *name == format).map(|(_, check)| *check)
}

/// A map from names to values, in the order of the file.
#[derive(Clone, Debug)]
pub struct Table<T>(pub Vec<(At<String>, T)>);

impl<T> Table<T> {
    /// The entries in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<String>, T)> {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Table(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// Two sets of keys in one map. (serde's `flatten` would lose the places.)
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename = "Both")]
pub struct Both<A, B>(pub A, pub B);

impl<A: JsonSchema, B: JsonSchema> JsonSchema for Both<A, B> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = A::json_schema(generator);
        let other = B::json_schema(generator);
        for part in ["properties", "required"] {
            let Some(more) = other.get(part).cloned() else { continue };
            match (schema.get_mut(part), more) {
                (Some(serde_json::Value::Object(mine)), serde_json::Value::Object(more)) => mine.extend(more),
                (Some(serde_json::Value::Array(mine)), serde_json::Value::Array(more)) => mine.extend(more),
                (_, more) => {
                    schema.insert(part.to_owned(), more);
                }
            }
        }
        schema
    }
}
