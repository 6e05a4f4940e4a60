//! JSON values by what they must be: every refusal with its path. Nothing here knows a node.

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{MAX_NODES, Result, refuse};
use crate::decimal;

/// `n`: how many of several.
pub(super) fn number_of(map: &Map<String, Value>, path: &str) -> Result<u32> {
    let value = require(map, path, "n")?;
    let path = format!("{path}.n");
    let is_whole = value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0);
    if !is_whole {
        return refuse(&path, "rule.wrong_type", "Must be a whole number.");
    }
    if value.as_f64().is_some_and(|n| n < 1.0) {
        return refuse(&path, "rule.n_too_small", "Must be 1 or more.");
    }
    match whole(value).and_then(|n| u32::try_from(n).ok()) {
        Some(n) if usize::try_from(n).is_ok_and(|n| n <= MAX_NODES) => Ok(n),
        _ => refuse(&path, "rule.n_too_large", "More than a rule can have nodes."),
    }
}

/// A decimal from 0 to below 10^12 with at most 8 places: text, or a JSON number whose shortest text
/// is certainly what was written (at most 15 significant digits).
pub(super) fn number(value: &Value, path: &str) -> Result<Decimal> {
    let exact = match value {
        Value::String(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let plain = !text.starts_with('-')
                && whole.len() <= 12
                && (whole == "0" || !whole.starts_with('0'))
                && fraction.len() <= 8;
            match decimal::parse(text) {
                Some(number) if plain => number,
                _ => {
                    let message =
                        "Must be a number such as \"79.5\": up to 12 digits, a point, up to 8 digits.";
                    return refuse(path, "rule.value_invalid", message);
                }
            }
        }
        Value::Number(number) => {
            if number.as_f64().is_none_or(|number| !(0.0..1e12).contains(&number)) {
                return refuse(path, "rule.value_invalid", "Must be from 0 to below 1000000000000.");
            }
            // Without an exponent, whatever its size.
            let text = match number.as_u64() {
                Some(number) => number.to_string(),
                None => number.as_f64().unwrap_or_default().abs().to_string(),
            };
            let significant = text.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
            let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            match decimal::parse(&text) {
                Some(number) if significant <= 15 && places <= 8 => number,
                _ => {
                    let message = "Too many digits to be read exactly; write it as text, such as \"79.5\".";
                    return refuse(path, "rule.number_inexact", message);
                }
            }
        }
        _ => return refuse(path, "rule.wrong_type", "Must be a number, or a number as text."),
    };
    Ok(exact.normalize())
}

pub(super) fn whole(value: &Value) -> Option<u64> {
    // JSON does not tell 2 and 2.0 apart, and neither does the schema.
    value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        number.to_string().parse().ok()
    })
}

pub(super) fn id(value: &Value, path: &str) -> Result<Uuid> {
    let text = text(value, path)?;
    match Uuid::try_parse(text) {
        Ok(id) if text.len() == 36 => Ok(id),
        _ => {
            refuse(path, "rule.value_invalid", "Must be an id such as 0192e0c4-7a1b-7c3d-8e4f-5a6b7c8d9e0f.")
        }
    }
}

pub(super) fn choice<T>(value: &Value, path: &str, known: impl Fn(&str) -> Option<T>) -> Result<T> {
    let name = text(value, path)?;
    match known(name) {
        Some(choice) => Ok(choice),
        None => refuse(path, "rule.value_invalid", format!("`{}` is not one of the choices.", short(name))),
    }
}

pub(super) fn texts(
    value: &Value,
    path: &str,
    most: usize,
    length: std::ops::RangeInclusive<usize>,
) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for (index, value) in sized(array(value, path)?, path, most)?.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let text = bounded(text(value, &path)?, &path, length.clone())?;
        if texts.contains(&text) {
            return refuse(&path, "rule.value_duplicate", "This value is there already.");
        }
        texts.push(text);
    }
    Ok(texts)
}

pub(crate) fn sized<'a>(list: &'a [Value], path: &str, most: usize) -> Result<&'a [Value]> {
    if list.is_empty() || list.len() > most {
        return refuse(path, "rule.value_invalid", format!("Must have 1 to {most} members."));
    }
    Ok(list)
}

pub(crate) fn bounded(text: &str, path: &str, length: std::ops::RangeInclusive<usize>) -> Result<String> {
    let is_control = |c: char| c < ' ' || c == '\u{7f}';
    if !length.contains(&text.chars().count()) || text.contains(is_control) {
        let message =
            format!("Must have {} to {} characters, none of them control.", length.start(), length.end());
        return refuse(path, "rule.value_invalid", message);
    }
    Ok(text.to_owned())
}

pub(super) fn exactly_one<'a>(
    map: &'a Map<String, Value>,
    path: &str,
    names: &[&'static str],
) -> Result<(&'static str, &'a Value)> {
    let mut present = names.iter().filter_map(|name| map.get(*name).map(|value| (*name, value)));
    match (present.next(), present.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => {
            refuse(path, "rule.member_missing", format!("One of `{}` is needed.", names.join("`, `")))
        }
        (Some(_), Some((second, _))) => {
            let message = format!("Only one of `{}` may be given.", names.join("`, `"));
            refuse(&format!("{path}.{second}"), "rule.member_conflict", message)
        }
    }
}

pub(crate) fn only(map: &Map<String, Value>, path: &str, known: impl Fn(&str) -> bool) -> Result<()> {
    match map.keys().find(|name| !known(name)) {
        Some(name) => {
            let name = short(name);
            refuse(&format!("{path}.{name}"), "rule.member_unknown", format!("`{name}` means nothing here."))
        }
        None => Ok(()),
    }
}

pub(crate) fn require<'a>(map: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a Value> {
    match map.get(name) {
        Some(value) => Ok(value),
        None => refuse(&format!("{path}.{name}"), "rule.member_missing", format!("`{name}` is missing.")),
    }
}

pub(crate) fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>> {
    match value {
        Value::Object(map) => Ok(map),
        _ => refuse(path, "rule.wrong_type", "Must be an object."),
    }
}

pub(crate) fn array<'a>(value: &'a Value, path: &str) -> Result<&'a [Value]> {
    match value {
        Value::Array(list) => Ok(list),
        _ => refuse(path, "rule.wrong_type", "Must be an array."),
    }
}

pub(crate) fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str> {
    match value {
        Value::String(text) => Ok(text),
        _ => refuse(path, "rule.wrong_type", "Must be text."),
    }
}

/// A refusal that repeats what was written.
pub(super) fn refuse_text<T>(path: &str, code: &'static str, message: &str, text: &str) -> Result<T> {
    refuse(path, code, format!("{message} `{}`.", short(text)))
}

/// The start of a text that a stranger wrote, fit for a path or message.
pub(super) fn short(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).take(40).collect()
}
