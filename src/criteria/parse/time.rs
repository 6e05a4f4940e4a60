//! Periods and spans of a rule, from text.

use chrono::{DateTime, Datelike as _, NaiveDateTime, Timelike as _, Utc};
use serde_json::{Map, Value};

use super::{
    Result,
    json::{refuse_text, text},
    refuse,
};
use crate::period::{Edge, Period, Span, SpanError, Zone};

/// `from`, `to` and `zone` of a `during`.
pub(super) fn period(map: &Map<String, Value>, path: &str) -> Result<Period> {
    let zone = match map.get("zone") {
        Some(value) => zone(value, &format!("{path}.zone"))?,
        None => Zone::UTC,
    };
    let [from, to] = ["from", "to"].map(|name| match map.get(name) {
        Some(value) => edge(value, &format!("{path}.{name}")).map(Some),
        None => Ok(None),
    });
    let (from, to) = (from?, to?);
    if from.is_none() && to.is_none() {
        return refuse(path, "rule.member_missing", "`from` or `to` is needed.");
    }
    let period = Period::new(from, to, zone);
    if period.start() >= period.end() {
        return refuse(path, "rule.range_reversed", "`from` is not before `to`.");
    }
    Ok(period)
}

/// `within`.
pub(super) fn span(value: &Value, path: &str) -> Result<Span> {
    match text(value, path)?.parse() {
        Ok(span) => Ok(span),
        Err(error @ SpanError::Form) => refuse(path, "rule.value_invalid", format!("This is {error}.")),
        Err(error) => refuse(path, "rule.duration_out_of_range", format!("This is {error}.")),
    }
}

pub(crate) fn zone(value: &Value, path: &str) -> Result<Zone> {
    let name = text(value, path)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_plain) {
        return refuse(path, "rule.value_invalid", "Must be the name of a time zone, such as Europe/Berlin.");
    }
    match name.parse() {
        Ok(zone) => Ok(zone),
        Err(_) => refuse_text(path, "rule.zone_unknown", "There is no time zone", name),
    }
}

/// A local time (`2026-09-01T00:00`, with seconds or without) or a moment of RFC 3339.
pub(crate) fn edge(value: &Value, path: &str) -> Result<Edge> {
    let text = text(value, path)?;
    let moment = ["Z", "+00:00", "-00:00"].iter().find_map(|end| {
        let (body, zone) = text.split_at_checked(text.len().checked_sub(end.len())?)?;
        is_like(zone, end).then_some(body)
    });
    let edge = match moment {
        None if is_like(text, "0000-00-00T00:00") => local(text, "%Y-%m-%dT%H:%M"),
        None if is_like(text, "0000-00-00T00:00:00") => local(text, "%Y-%m-%dT%H:%M:%S"),
        Some(body) if has_seconds(body) => {
            DateTime::parse_from_rfc3339(text).ok().map(|at| Edge::Instant(at.to_utc()))
        }
        _ => {
            let message = "Must be a time such as 2026-09-01T00:00 or 2026-09-01T00:00:00Z.";
            return refuse(path, "rule.value_invalid", message);
        }
    };
    match edge.filter(|edge| is_plain(*edge)) {
        Some(edge) => Ok(edge),
        None => refuse_text(path, "rule.time_unknown", "No calendar and clock show", text),
    }
}

fn local(text: &str, format: &str) -> Option<Edge> {
    NaiveDateTime::parse_from_str(text, format).ok().map(Edge::Local)
}

/// Whether the year has four digits, everywhere on earth, and the second is no leap second.
fn is_plain(edge: Edge) -> bool {
    let (year, nanosecond) = match edge {
        Edge::Local(local) => (local.year(), local.nanosecond()),
        Edge::Instant(at) => (DateTime::<Utc>::year(&at), at.nanosecond()),
    };
    (0..=9999).contains(&year) && nanosecond < 1_000_000_000
}

/// `2026-09-01T00:00:00`, perhaps with up to six places.
fn has_seconds(text: &str) -> bool {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_short = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_like(seconds, "0000-00-00T00:00:00") && is_short
}

/// Whether a text has digits where the form has `0`, and otherwise what the form has.
fn is_like(text: &str, form: &str) -> bool {
    let alike = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(alike)
}
