//! Reads a type from JSON, and names the place and the rule where it does not fit.
//!
//! The usual reader gives a sentence. A client needs the field and the rule apart, so this one
//! carries them in its error, and each level adds its step to the place on the way out.

use serde::{
    Deserializer,
    de::{
        self, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::{Value, map};
use std::fmt;

/// Reads a value of any type that is not borrowed.
pub(super) fn read<T: de::DeserializeOwned>(json: &Value) -> Result<T, Misfit> {
    T::deserialize(Place(json))
}

/// Where and why a value does not fit.
#[derive(Debug)]
pub(super) struct Misfit {
    /// The steps to the place, innermost first.
    steps: Vec<String>,
    rule: &'static str,
    detail: String,
}

impl Misfit {
    fn new(rule: &'static str, detail: String) -> Self {
        Self { steps: vec![], rule, detail }
    }

    fn within(mut self, step: impl fmt::Display) -> Self {
        self.steps.push(step.to_string());
        self
    }

    /// The place as a JSON Pointer (RFC 6901), the rule, and the rule in words.
    pub(super) fn told(self) -> (String, &'static str, String) {
        let escaped = |step: &String| step.replace('~', "~0").replace('/', "~1");
        let pointer = self.steps.iter().rev().map(|step| format!("/{}", escaped(step))).collect();
        (pointer, self.rule, self.detail)
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Misfit {}

/// The longest step of a name that nobody expected: it is repeated in the answer.
const UNKNOWN_CHARACTERS_MAX: usize = 64;

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("format", message.to_string())
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("type", format!("must be {}, not {}", wanted(expected), kind(found)))
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Signed(_) | Unexpected::Unsigned(_) => "a number out of range",
            other => kind(other),
        };
        Self::new("type", format!("must be {}, not {found}", wanted(expected)))
    }
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let words: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
        Self::new("unknown_value", format!("must be one of {}", words.join(", ")))
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new("unknown", "is not a field of this request".to_owned()).within(shortened(field))
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new("missing", "must be given".to_owned()).within(field)
    }
}

/// A name of the client's own choice, such as a key of a map.
fn shortened(name: &str) -> String {
    name.chars().take(UNKNOWN_CHARACTERS_MAX).collect()
}

fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match text.as_str() {
        "u16" | "u32" | "u64" | "i64" => "a whole number".to_owned(),
        "a boolean" | "a string" => text,
        "a sequence" => "an array".to_owned(),
        "a map" => "an object".to_owned(),
        _ if text.starts_with("struct ") => "an object".to_owned(),
        _ if text.starts_with("enum ") || text.contains("variant") => "a string".to_owned(),
        _ => text,
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a number",
        Unexpected::Float(_) => "a fraction",
        Unexpected::Str(_) | Unexpected::Char(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

/// The whole number that `2.0` and `2e3` are, as JSON Schema has it, where it is kept exactly.
#[expect(clippy::cast_possible_truncation, reason = "it is whole, and within bounds")]
fn whole(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_991.0;
    (number.fract() == 0.0 && number.abs() <= EXACT_MAX).then_some(number as i64)
}

struct Place<'a>(&'a Value);

impl<'de> Deserializer<'de> for Place<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items(items.iter().enumerate())),
            Value::Object(members) => visitor.visit_map(Members(members.iter(), None)),
            Value::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    let number = number.as_f64().unwrap_or(f64::NAN);
                    match whole(number) {
                        Some(value) => visitor.visit_i64(value),
                        None => visitor.visit_f64(number),
                    }
                }
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => self.deserialize_any(visitor),
        }
    }

    /// A structure is an object; an array would fill its fields by their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Array(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a>(std::iter::Enumerate<std::slice::Iter<'a, Value>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some((index, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Place(item)).map(Some).map_err(|misfit| misfit.within(index))
    }
}

struct Members<'a>(map::Iter<'a>, Option<(&'a String, &'a Value)>);

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misfit;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        self.1 = self.0.next();
        let Some((name, _)) = self.1 else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }
    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        let Some((name, value)) = self.1.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        seed.deserialize(Place(value)).map_err(|misfit| misfit.within(shortened(name)))
    }
}
