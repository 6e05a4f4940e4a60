//! Strict JSON: one megabyte, 32 levels, and no key twice in an object (two readers would see two documents).

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Check, State};

const MAX_BYTES: usize = 1024 * 1024;
const MAX_DEPTH: usize = 32;

/// Parse an untrusted document.
///
/// # Errors
/// The failed check: `ob.input.size` or `ob.input.json`.
pub fn parse(bytes: &[u8]) -> Result<Value, Check> {
    let fail = |name: &'static str, message: String| Check {
        name: Cow::Borrowed(name),
        state: State::Fail,
        message,
    };
    if bytes.len() > MAX_BYTES {
        return Err(fail(
            "ob.input.size",
            format!("The document has {} bytes, more than 1 MiB.", bytes.len()),
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Strict { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| fail("ob.input.json", format!("Not strict JSON: {error}.")))
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested more than 32 deep"));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("the key `{name}` twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_json_is_read_and_the_rest_refused() {
        let text = r#"{"a":[1,-2,3.5,true,null,"x"],"b":{"a":""}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        for bad in [r#"{"a":1,"a":2}"#, r#"{"x":{"a":1,"\u0061":2}}"#, "{} x", "", "{'a':1}", "\"\\ud800\""] {
            assert_eq!(parse(bad.as_bytes()).unwrap_err().name, "ob.input.json", "{bad}");
        }
        assert_eq!(parse(b"\"\xff\"").unwrap_err().name, "ob.input.json");
        let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
        assert_eq!(parse(deep.as_bytes()).unwrap_err().name, "ob.input.json");
        let large = vec![b' '; MAX_BYTES + 1];
        assert_eq!(parse(&large).unwrap_err().name, "ob.input.size");
    }
}
