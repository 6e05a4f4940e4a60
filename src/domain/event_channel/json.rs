//! Reading JSON from strangers, totally: whatever stands there, the answer is a value or a coded refusal. Pure.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

use crate::{
    domain::artwork::sha256_hex,
    error::{Error, Result},
};

/// The longest identifier or address that is looked at, in bytes.
pub const MAX_IRI: usize = 2_048;
/// The longest name of an event, an activity or an account, in bytes.
pub const MAX_NAME: usize = 255;

/// Reads a body; what is nested deeper than 128 levels is refused by the reader.
///
/// # Errors
/// `body.malformed_json`.
pub fn body(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::invalid("body.malformed_json", "", format!("The body is not JSON: look at {place}."))
    })
}

/// A member that is a text of 1 to `max` bytes without control characters.
#[must_use]
pub fn text<'v>(object: &'v Map<String, Value>, name: &str, max: usize) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str).filter(|text| is_name(text, max))
}

/// The same, demanded.
///
/// # Errors
/// `item.field` naming `field`.
pub fn need<'v>(
    object: &'v Map<String, Value>,
    name: &str,
    field: &'static str,
    max: usize,
) -> Result<&'v str> {
    text(object, name, max).ok_or_else(|| {
        Error::invalid("item.field", field, format!("Give a text of 1 to {max} bytes as {field}."))
    })
}

/// Whether a text can be a name.
#[must_use]
pub fn is_name(text: &str, max: usize) -> bool {
    !text.is_empty() && text.len() <= max && !text.chars().any(char::is_control)
}

/// A member that is an object.
#[must_use]
pub fn object<'v>(of: &'v Map<String, Value>, name: &str) -> Option<&'v Map<String, Value>> {
    of.get(name).and_then(Value::as_object)
}

/// A number's exact value, also from a text that writes one; `None` where there is none.
///
/// # Errors
/// `score.number` where something else stands, or more digits than 28.
pub fn decimal(of: &Map<String, Value>, name: &str, field: &'static str) -> Result<Option<Decimal>> {
    let text = match of.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => Number::to_string(number),
        Some(Value::String(text)) if text.len() <= 64 => text.trim().to_owned(),
        Some(_) => return Err(no_number(field)),
    };
    let exact = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    exact.map(|number| Some(number.normalize())).map_err(|_| no_number(field))
}

fn no_number(field: &'static str) -> Error {
    Error::invalid("score.number", field, "This is no number of at most 28 digits.")
}

/// A moment as RFC 3339 writes it; `None` where there is none.
///
/// # Errors
/// `timestamp.invalid`.
pub fn moment(of: &Map<String, Value>, name: &str, field: &'static str) -> Result<Option<DateTime<Utc>>> {
    let wrong = || Error::invalid("timestamp.invalid", field, "Give a time such as 2026-09-01T08:00:00Z.");
    match of.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= 64 => {
            let read = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| wrong())?;
            let micros = read.timestamp_micros();
            DateTime::from_timestamp_micros(micros).map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

/// SHA-256 of a value in one form: members sorted, no white space.
#[must_use]
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    sha256_hex(text.as_bytes())
}

/// A v8 UUID made of a digest: the name of what its sender gave none.
#[must_use]
pub fn id_of_digest(digest: &str) -> String {
    let number =
        digest.get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or_default();
    uuid::Builder::from_custom_bytes(number.to_be_bytes()).into_uuid().to_string()
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_unstable();
            text.push('{');
            for name in names {
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                canonical(members.get(name).unwrap_or(&Value::Null), text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}
