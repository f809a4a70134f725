//! Decode: from a checked tree to the draft, keeping places.
//!
//! A serde deserializer over the tree. It knows two type names by heart: `At` asks for a value with its
//! place, `Both` for one map read twice. Must not know any key; problems were found by `check` before.

use std::fmt;

use serde::de::value::{StrDeserializer, UsizeDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::tree::{Key, Tree, Value};
use crate::problem::Place;

/// The draft that a checked tree holds.
pub(super) fn decode<'de, T: Deserialize<'de>>(tree: &Tree) -> Result<T, String> {
    T::deserialize(Node::Tree(tree)).map_err(|Mismatch(fact)| fact)
}

/// The tree holds something else; the check before should have said so.
#[derive(Debug)]
struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mismatch {}

impl serde::de::Error for Mismatch {
    fn custom<T: fmt::Display>(fact: T) -> Self {
        Self(fact.to_string())
    }
}

/// A key or a value.
#[derive(Clone, Copy)]
enum Node<'a> {
    Key(&'a Key),
    Tree(&'a Tree),
}

impl Node<'_> {
    fn place(&self) -> Place {
        match self {
            Self::Key(key) => key.place,
            Self::Tree(tree) => tree.place,
        }
    }
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let tree = match self {
            Self::Key(key) => return visitor.visit_str(&key.text),
            Self::Tree(tree) => tree,
        };
        match &tree.value {
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Int(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => visitor.visit_i128(*number),
            },
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
            Value::Null => visitor.visit_unit(),
            Value::Text(text) => visitor.visit_str(text),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Tree(tree) if !matches!(tree.value, Value::Text(_)) => match tree.scalar_text() {
                Some(text) => visitor.visit_string(text),
                None => self.deserialize_any(visitor),
            },
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Tree(Tree { value: Value::Null, .. }) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self {
            Self::Tree(Tree { value: Value::Text(text), .. }) => {
                let text: StrDeserializer<'_, Mismatch> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            _ => Err(serde::de::Error::custom("expected a word")),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let parts = if name == "At" { Parts::place(self) } else { Parts::twice(self) };
        visitor.visit_seq(parts)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf
        unit unit_struct seq tuple map struct identifier ignored_any
    }
}

/// What a tuple struct is given: offset, length and value, or the same value twice.
struct Parts<'a> {
    numbers: Vec<usize>,
    node: Node<'a>,
    times: usize,
}

impl<'a> Parts<'a> {
    fn place(node: Node<'a>) -> Self {
        Self { numbers: vec![node.place().len, node.place().offset], node, times: 1 }
    }

    fn twice(node: Node<'a>) -> Self {
        Self { numbers: Vec::new(), node, times: 2 }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        if let Some(number) = self.numbers.pop() {
            let number: UsizeDeserializer<Mismatch> = number.into_deserializer();
            return seed.deserialize(number).map(Some);
        }
        if self.times == 0 {
            return Ok(None);
        }
        self.times -= 1;
        seed.deserialize(self.node).map(Some)
    }
}

struct Items<'a>(std::slice::Iter<'a, Tree>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.0.next().map(|tree| seed.deserialize(Node::Tree(tree))).transpose()
    }
}

struct Entries<'a> {
    rest: std::slice::Iter<'a, (Key, Tree)>,
    value: Option<&'a Tree>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Node::Key(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let value = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(Node::Tree(value))
    }
}
