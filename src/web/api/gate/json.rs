//! JSON as requests bring it: read once, and refused where a name stands twice in one object. Which of the two
//! counts would be a guess (RFC 8259 §4).

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::web::problem::Unreadable;

/// Reads a body.
pub fn read(body: &[u8]) -> Result<Value, Unreadable> {
    let error = match serde_json::from_slice::<Unique>(body) {
        Ok(Unique(value)) => return Ok(value),
        Err(error) => error,
    };
    let place = format!("line {}, column {}", error.line(), error.column());
    Err(if error.is_data() {
        // The only thing that `Unique` refuses itself.
        let text = format!("A field stands twice in the same object: look before {place}.");
        Unreadable::bad("body.repeated_field", text)
    } else if error.is_eof() {
        Unreadable::bad(
            "body.malformed_json",
            format!("The body is not JSON: it ends too early, at {place}."),
        )
    } else {
        Unreadable::bad("body.malformed_json", format!("The body is not JSON: look at {place}."))
    })
}

/// A value in whose objects each name stands once.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Unique(item)) = from.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some((name, Unique(value))) = from.next_entry::<String, Unique>()? {
            if fields.contains_key(&name) {
                return Err(A::Error::custom("a name stands twice"));
            }
            fields.insert(name, value);
        }
        Ok(fields.into())
    }
}
