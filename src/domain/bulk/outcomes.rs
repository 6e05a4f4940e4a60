//! What became of the rows, as CSV: one row each, as given, with its outcome. Cells that a spreadsheet would execute
//! are defused ([`super::csv::write`]). The file can be uploaded again as it is, for instance with the wrong cells
//! corrected: the columns that were added are passed over.

use super::{
    csv,
    given::{COLUMNS, Given},
};
use crate::{
    app::App,
    error::{Error, Result},
    store::{
        bulk as rows,
        entity::{bulk, bulk_row},
    },
};

/// How many rows one piece of the file has.
const AT_ONCE: u64 = 512;

/// The columns that are added behind; before them all is the number of the row.
pub const ADDED: [&str; 4] = ["outcome", "award_id", "code", "words"];

/// The first line.
///
/// # Errors
/// Never.
pub fn head() -> Result<Vec<u8>> {
    csv::write([std::iter::once("row").chain(COLUMNS).chain(ADDED)]).map_err(Error::internal)
}

/// The lines after a row, and the number of the last; `None` when there are no more.
///
/// # Errors
/// Only ours.
pub async fn lines(app: &App, bulk: &bulk::Model, after: i32) -> Result<Option<(Vec<u8>, i32)>> {
    let db = app.store.read();
    let found = rows::next_rows(db, bulk.organization_id, bulk.id, &[], after, AT_ONCE).await?;
    let Some(last) = found.last().map(|row| row.number) else { return Ok(None) };
    let records = found.into_iter().map(line).collect::<Result<Vec<_>>>()?;
    Ok(Some((csv::write(records).map_err(Error::internal)?, last)))
}

/// A row in the order of [`COLUMNS`], with what became of it.
fn line(row: bulk_row::Model) -> Result<Vec<String>> {
    let given: Given = serde_json::from_value(row.given).map_err(Error::internal)?;
    let piece = given.evidence.into_iter().next().unwrap_or_default();
    let cells = [
        Some(row.number.to_string()),
        given.learner_id,
        given.platform_id,
        given.sub,
        given.email,
        given.name,
        given.language,
        given.version_id,
        given.achievement_id,
        given.placement_id,
        given.awarded_at,
        given.period,
        given.narrative,
        piece.url,
        piece.name,
        piece.narrative,
        Some(row.state.to_string()),
        row.award_id.map(|id| id.to_string()),
        row.code,
        row.words,
    ];
    Ok(cells.into_iter().map(Option::unwrap_or_default).collect())
}
