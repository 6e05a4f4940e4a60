//! Reading a list: CSV as spreadsheets write it, or lines that were read already. Pure. A line names one learner, by our
//! id, by the platform's name of them, or by address, and may say when they completed.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::bulk::csv::{Reader, Record},
    error::{Error, Result},
};

/// Most lines of one list.
pub const MOST: usize = 20_000;
/// Longest field, in bytes.
const LONGEST: usize = 320;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which it is of the text, from 1; a heading and empty ones count.
    pub number: u64,
    /// Whom it names: an id, a name, an address.
    pub who: String,
    /// When they completed, if it says.
    pub completed_at: Option<DateTime<Utc>>,
}

/// Reads CSV: commas, semicolons or tabs, quoted fields, a heading or none. The first column names the learner, the
/// second, if there is one, says when.
///
/// # Errors
/// `list.empty`, `list.too_long`, `list.line` with the number of the offending line.
pub fn csv(text: &str) -> Result<Vec<Line>> {
    let (mut reader, mut records) = (Reader::default(), Vec::new());
    reader
        .push(text.as_bytes(), &mut records)
        .and_then(|()| reader.finish(&mut records))
        .map_err(|wrong| Error::invalid("list.line", "csv", wrong.to_string()))?;
    let mut lines = Vec::new();
    for Record { line: number, cells } in records {
        let cells = cells.ok_or_else(|| refused(number, "it has too many cells, or too long ones"))?;
        let mut fields = cells.iter().map(|field| field.trim());
        let (who, when) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        if who.is_empty() || (number == 1 && is_heading(who, when)) {
            continue;
        }
        lines.push(line(number, who, when)?);
    }
    checked(lines)
}

/// Checks lines that were read already.
///
/// # Errors
/// As [`csv()`].
pub fn checked(lines: Vec<Line>) -> Result<Vec<Line>> {
    if lines.is_empty() {
        return Err(Error::invalid("list.empty", "csv", "The list names nobody."));
    }
    if lines.len() > MOST {
        let text = format!("A list has at most {MOST} lines: split it.");
        return Err(Error::invalid("list.too_long", "csv", text));
    }
    if let Some(line) = lines.iter().find(|line| line.who.is_empty() || line.who.len() > LONGEST) {
        return Err(refused(line.number, "it names nobody, or in too many characters"));
    }
    Ok(lines)
}

fn line(number: u64, who: &str, when: &str) -> Result<Line> {
    let completed_at = match when {
        "" => None,
        when => Some(moment(when).ok_or_else(|| {
            refused(number, "write the date as 2026-11-23, 23.11.2026 or 2026-11-23T10:00:00Z")
        })?),
    };
    Ok(Line { number, who: who.to_owned(), completed_at })
}

fn refused(number: u64, why: &str) -> Error {
    Error::invalid("list.line", "csv", format!("Line {number} cannot be read: {why}."))
}

/// A day is its beginning in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let day = ["%Y-%m-%d", "%d.%m.%Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc())
}

/// A heading says what its column holds.
fn is_heading(who: &str, when: &str) -> bool {
    let names = ["id", "learner", "learner_id", "sub", "user", "user_id", "email", "e-mail", "mail", "name"];
    names.contains(&who.to_lowercase().as_str()) || (!when.is_empty() && moment(when).is_none())
}
