//! Taking a list in: read as it arrives, kept a chunk per transaction, and only at the end, when all of it could be
//! read, made a bulk that is worked on. The memory it takes does not depend on its length.

use std::{io, time::Duration};

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use serde_json::{Value, json};

use super::{MOST_BYTES, MOST_ROWS, begin, changed, csv, given, list, too_large};
use crate::{
    app::App,
    domain::{access::Caller, artwork::sha256_hex, once},
    error::{Error, Result},
    ids::BulkId,
    store::{
        bulk as rows,
        entity::{
            bulk::{self, BulkState},
            bulk_row::{self, BulkRowState},
        },
    },
};

/// In which form a list comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CSV with a first line that names its columns.
    Csv,
    /// `{"rows": [{…}, …]}`.
    Json,
}

/// How many rows one transaction keeps.
const KEPT_AT_ONCE: usize = 512;

/// Takes a list in.
///
/// # Errors
/// `bulk.*` where it cannot be read as a whole; `idempotency.mismatch`; what the stream met.
pub async fn receive<B: AsRef<[u8]>>(
    app: &App,
    caller: &Caller,
    form: Form,
    mut bytes: impl Stream<Item = io::Result<B>> + Unpin,
) -> Result<bulk::Model> {
    let now = app.clock.now();
    let mut bulk = bulk::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        state: BulkState::Receiving,
        total: 0,
        run: 1,
        begun_by: caller.actor.to_string(),
        pass_id: None,
        created_at: now,
        updated_at: now,
        ended_at: None,
    };
    // What was promised before is read to its end, to see that it is the same.
    let is_repeated = match &caller.once {
        Some(promise) => once::is_known(app, promise).await?,
        None => false,
    };
    if !is_repeated {
        let tx = app.store.write().await?;
        rows::insert(&tx, bulk.clone()).await?;
        tx.commit().await?;
    }
    let mut taker = Taker::new(app, bulk.clone(), form, is_repeated);
    let taken = async {
        let limit = Duration::from_secs(app.settings.limits.request_seconds);
        while let Some(piece) = tokio::time::timeout(limit, bytes.next()).await.map_err(|_| broken())? {
            let piece = piece.map_err(|error| broken().with_source(error))?;
            taker.take(piece.as_ref()).await?;
        }
        taker.finish().await
    }
    .await;
    if let Err(error) = taken {
        rows::discard(&app.store, caller.organization, bulk.id).await?;
        return Err(error);
    }
    let mut caller = caller.clone();
    if let Some(promise) = &mut caller.once {
        let said = format!("{}\n{form:?}\n{}", promise.request_hash, taker.digest());
        promise.request_hash = sha256_hex(said.as_bytes());
    }
    let tx = app.store.write().await?;
    let earlier = match once::claim(app, &tx, &caller, bulk.id.0).await {
        Ok(earlier) => earlier,
        Err(error) => {
            drop(tx);
            rows::discard(&app.store, caller.organization, bulk.id).await?;
            return Err(error);
        }
    };
    if let Some(earlier) = earlier {
        drop(tx);
        rows::discard(&app.store, caller.organization, bulk.id).await?;
        return super::find(app, caller.organization, BulkId(earlier)).await;
    }
    if is_repeated {
        // What was promised is forgotten by now.
        return Err(Error::conflict("idempotency.in_flight", "Send the list once more."));
    }
    bulk.total = taker.total;
    begin(app, &tx, &mut bulk).await?;
    changed(app, &tx, &caller, &bulk, "bulk.received").await?;
    tx.commit().await?;
    Ok(bulk)
}

fn broken() -> Error {
    Error::invalid("bulk.broken", "body", "The list broke off while it was sent. Send it again.")
}

/// Reads bytes into rows and keeps them.
struct Taker<'a> {
    app: &'a App,
    bulk: bulk::Model,
    now: DateTime<Utc>,
    reading: Reading,
    hash: digest::Context,
    size: usize,
    total: i32,
    /// Nothing is kept.
    only_hashes: bool,
    rows: Vec<bulk_row::Model>,
}

enum Reading {
    Csv(Box<csv::Reader>, Option<given::Header>),
    Json(list::Reader),
}

impl<'a> Taker<'a> {
    fn new(app: &'a App, bulk: bulk::Model, form: Form, only_hashes: bool) -> Self {
        let reading = match form {
            Form::Csv => Reading::Csv(Box::default(), None),
            Form::Json => Reading::Json(list::Reader::default()),
        };
        Self {
            app,
            now: bulk.created_at,
            bulk,
            reading,
            hash: digest::Context::new(&digest::SHA256),
            size: 0,
            total: 0,
            only_hashes,
            rows: Vec::new(),
        }
    }

    fn digest(&self) -> String {
        let digest = self.hash.clone().finish();
        sha256_hex(digest.as_ref())
    }

    async fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.size += bytes.len();
        if self.size > MOST_BYTES {
            return Err(too_large());
        }
        self.hash.update(bytes);
        if self.only_hashes {
            return Ok(());
        }
        // A piece may be as large as the sender likes.
        for bytes in bytes.chunks(16 * 1024) {
            self.read(bytes)?;
            self.keep(KEPT_AT_ONCE).await?;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        if self.only_hashes {
            return Ok(());
        }
        if let Reading::Csv(reader, header) = &mut self.reading {
            let mut records = Vec::new();
            reader.finish(&mut records)?;
            let header = header.take();
            self.records(records, header)?;
        } else if let Reading::Json(reader) = &mut self.reading {
            reader.finish()?;
        }
        if self.total == 0 {
            return Err(Error::invalid("bulk.empty", "body", "The list has no rows."));
        }
        self.keep(1).await
    }

    fn read(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.reading {
            Reading::Csv(reader, header) => {
                let mut records = Vec::new();
                reader.push(bytes, &mut records)?;
                let header = header.take();
                self.records(records, header)
            }
            Reading::Json(reader) => {
                let mut found = Vec::new();
                reader.push(bytes, &mut found)?;
                for (number, row) in found {
                    let given = row.ok_or_else(too_long).and_then(|row| {
                        serde_json::from_slice::<given::Given>(&row).map_err(|error| {
                            // Which field, and no word of what stands in it.
                            let words = format!("This is no row: {}.", said_of(&error));
                            Error::invalid("row.malformed", "row", words)
                        })
                    });
                    self.add(number, given)?;
                }
                Ok(())
            }
        }
    }

    fn records(&mut self, records: Vec<csv::Record>, header: Option<given::Header>) -> Result<()> {
        let mut header = header;
        for csv::Record { line, cells } in records {
            match &header {
                None => header = Some(given::Header::read(cells)?),
                Some(known) => {
                    let given = cells.ok_or_else(too_long).and_then(|cells| known.row(&cells));
                    self.add(line, given)?;
                }
            }
        }
        if let Reading::Csv(_, known) = &mut self.reading {
            *known = header;
        }
        Ok(())
    }

    /// Adds a row, refused where it makes no sense by itself.
    fn add(&mut self, number: u64, given: Result<given::Given>) -> Result<()> {
        self.total += 1;
        if usize::try_from(self.total).unwrap_or(usize::MAX) > MOST_ROWS {
            return Err(too_large());
        }
        let (given, wrong) = match given {
            Ok(given) => (serde_json::to_value(&given).map_err(Error::internal)?, given.checked().err()),
            Err(error) => (json!({}), Some(error)),
        };
        // No text holds it, and no database keeps it.
        let (given, wrong) = match has_zero(&given) {
            true => {
                let words = "There is a zero character in this row.";
                (json!({}), Some(Error::invalid("row.malformed", "row", words)))
            }
            false => (given, wrong),
        };
        self.rows.push(bulk_row::Model {
            id: self.app.dice.row_id(self.now),
            organization_id: self.bulk.organization_id,
            bulk_id: self.bulk.id,
            number: i32::try_from(number).unwrap_or(i32::MAX),
            state: if wrong.is_some() { BulkRowState::Refused } else { BulkRowState::Waiting },
            given,
            learner_id: None,
            award_id: None,
            code: wrong.as_ref().map(|error| own_code(error.code())),
            words: wrong.as_ref().map(explained),
            updated_at: self.now,
        });
        Ok(())
    }

    /// Keeps the rows so far, if there are as many.
    async fn keep(&mut self, at_least: usize) -> Result<()> {
        if self.rows.len() < at_least {
            return Ok(());
        }
        let tx = self.app.store.write().await?;
        rows::insert_rows(&tx, std::mem::take(&mut self.rows)).await?;
        tx.commit().await
    }
}

fn has_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_zero),
        Value::Object(map) => map.values().any(has_zero),
        _ => false,
    }
}

/// What is wrong with a row by itself stays wrong: its code says so.
fn own_code(code: &str) -> String {
    if code.starts_with("row.") { code.to_owned() } else { format!("row.{code}") }
}

/// A failure in a row's words, with the field.
pub(super) fn explained(error: &Error) -> String {
    match error.field() {
        Some(field) => format!("{field}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

fn too_long() -> Error {
    let words = format!("A row has at most {} cells and {} kB.", csv::MOST_CELLS, csv::MOST_BYTES / 1024);
    Error::invalid("row.too_long", "row", words)
}

fn said_of(error: &serde_json::Error) -> String {
    let said = error.to_string();
    // serde quotes names of fields, and values only after these words.
    if said.starts_with("unknown field") || said.starts_with("duplicate field") {
        return said.chars().take(100).collect();
    }
    format!("look at its column {}", error.column())
}
