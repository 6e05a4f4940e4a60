//! Bulks: awards by the list, from CSV or JSON, up to 100,000 rows (design §5, a person's decision attested).
//!
//! [`receive()`] takes a list in as it arrives, chunk by chunk, and keeps each row; a job works on them 64 at a time,
//! each 64 in one transaction with their outcomes, so that a crash loses and doubles nothing ([`work`]). A list that
//! is refused as a whole leaves nothing; a wrong row is refused alone. The mails of a bulk that gives more than a few
//! wait an hour, and until then it can be undone as the pass ([`super::pass`]) under which each run awards.
//! [`outcomes`] writes what became of the rows.

pub mod csv;
pub mod given;
pub mod list;
pub mod outcomes;
mod receive;
pub mod work;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

pub use self::receive::{Form, receive};
use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        once, pass,
    },
    error::{Error, Kind, Result},
    ids::{BulkId, OrganizationId},
    outbox::{self, NewJob, Payload, queue},
    store::{
        WriteTx, bulk as rows,
        entity::{
            bulk::{self, BulkState},
            bulk_row::BulkRowState,
            pass::{self as pass_row, PassCause, PassState},
        },
        pass as passes,
    },
};

/// The most rows of a list.
pub const MOST_ROWS: usize = 100_000;
/// The most bytes of a list.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Why a list is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not UTF-8.
    #[error("Line {line} is not UTF-8 text. Save the file as “CSV UTF-8”.")]
    Encoding {
        /// Where.
        line: u64,
    },
    /// A byte that is in no text.
    #[error("Line {line} has a byte that is in no text. Is this a CSV file?")]
    Binary {
        /// Where.
        line: u64,
    },
    /// A quote that is never closed.
    #[error("The quote that begins in the record on line {line} is never closed.")]
    Unclosed {
        /// Where.
        line: u64,
    },
    /// The first line.
    #[error("{what}")]
    Header {
        /// What is wrong.
        what: String,
    },
    /// No list of rows.
    #[error("This is no list of rows, {{\"rows\": [{{…}}, …]}}: look at row {row}.")]
    Json {
        /// Which comes next.
        row: u64,
    },
}

impl From<Unreadable> for Error {
    fn from(wrong: Unreadable) -> Self {
        let code = match wrong {
            Unreadable::Encoding { .. } | Unreadable::Binary { .. } => "bulk.encoding",
            Unreadable::Unclosed { .. } => "bulk.quotes",
            Unreadable::Header { .. } => "bulk.header",
            Unreadable::Json { .. } => "bulk.malformed",
        };
        Self::invalid(code, "body", wrong.to_string())
    }
}

/// How many rows of a bulk came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Nothing yet.
    pub waiting: i64,
    /// Awarded.
    pub awarded: i64,
    /// Awarded in their time.
    pub scheduled: i64,
    /// There already.
    pub already: i64,
    /// Refused.
    pub refused: i64,
}

/// One bulk.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: BulkId) -> Result<bulk::Model> {
    let found = rows::find(app.store.read(), organization, id).await?;
    found.filter(|bulk| bulk.state != BulkState::Receiving).ok_or_else(unknown)
}

/// What came of a bulk so far.
///
/// # Errors
/// Only the database's.
pub async fn tally(app: &App, bulk: &bulk::Model) -> Result<Tally> {
    let mut tally = Tally::default();
    for count in rows::counts(app.store.read(), bulk.organization_id, bulk.id).await? {
        match count.state {
            BulkRowState::Waiting => tally.waiting = count.rows,
            BulkRowState::Awarded => tally.awarded = count.rows,
            BulkRowState::Scheduled => tally.scheduled = count.rows,
            BulkRowState::Already => tally.already = count.rows,
            BulkRowState::Refused => tally.refused = count.rows,
        }
    }
    Ok(tally)
}

/// Works again on the rows that were refused, but for those that are wrong in themselves; and on those that nobody
/// works on any more because the job for them has died.
///
/// # Errors
/// `not_found`; `bulk.not_done`; `bulk.nothing_refused`.
pub async fn rerun(app: &App, caller: &Caller, id: BulkId) -> Result<bulk::Model> {
    let tx = app.store.write().await?;
    let mut bulk = held(&tx, caller, id).await?;
    if once::claim(app, &tx, caller, id.0).await?.is_some() {
        return Ok(bulk);
    }
    let is_left = bulk.state == BulkState::Running
        && !queue::is_underway(&tx, caller.organization, &job_keys(&bulk)).await?;
    if bulk.state != BulkState::Done && !is_left {
        return Err(Error::conflict(
            "bulk.not_done",
            "Its rows have not all been worked on yet, or it was stopped.",
        ));
    }
    let now = app.clock.now();
    if rows::again(&tx, caller.organization, id, now).await? == 0 && !is_left {
        return Err(Error::conflict(
            "bulk.nothing_refused",
            "No row was refused that could turn out differently. Correct the list, and upload it again.",
        ));
    }
    if is_left {
        end(app, &tx, &mut bulk, BulkState::Done).await?;
    }
    bulk.run += 1;
    begin(app, &tx, &mut bulk).await?;
    changed(app, &tx, caller, &bulk, "bulk.rerun").await?;
    tx.commit().await?;
    Ok(bulk)
}

/// Stops a bulk; what was awarded stays. Twice is once.
///
/// # Errors
/// `not_found`; `bulk.done`.
pub async fn cancel(app: &App, caller: &Caller, id: BulkId) -> Result<bulk::Model> {
    let tx = app.store.write().await?;
    let mut bulk = held(&tx, caller, id).await?;
    if bulk.state == BulkState::Cancelled {
        return Ok(bulk);
    }
    if bulk.state != BulkState::Running {
        return Err(Error::conflict("bulk.done", "All of its rows have been worked on."));
    }
    end(app, &tx, &mut bulk, BulkState::Cancelled).await?;
    changed(app, &tx, caller, &bulk, "bulk.cancelled").await?;
    tx.commit().await?;
    Ok(bulk)
}

/// Removes lists that ended before `before`, and what uploads left whose senders are gone; how many. Awards stay.
///
/// # Errors
/// Only the database's.
pub async fn sweep(app: &App, before: DateTime<Utc>) -> Result<usize> {
    let abandoned = app.clock.now() - Duration::hours(24);
    let mut removed = 0;
    loop {
        let over = rows::unscoped_over(app.store.read(), before, abandoned).await?;
        for bulk in &over {
            rows::discard(&app.store, bulk.organization_id, bulk.id).await?;
        }
        removed += over.len();
        if over.is_empty() || app.stop.is_cancelled() {
            return Ok(removed);
        }
    }
}

fn unknown() -> Error {
    Error::not_found("bulk")
}

async fn held(tx: &WriteTx, caller: &Caller, id: BulkId) -> Result<bulk::Model> {
    let found = rows::lock(tx, caller.organization, id).await?;
    found.filter(|bulk| bulk.state != BulkState::Receiving).ok_or_else(unknown)
}

/// Lets a bulk's rows be worked on, under a pass of their own.
async fn begin(app: &App, tx: &WriteTx, bulk: &mut bulk::Model) -> Result<()> {
    let now = app.clock.now();
    let is_many = u64::try_from(bulk.total).is_ok_and(|total| total > pass::FEW);
    let awards = pass_row::Model {
        id: app.dice.row_id(now),
        organization_id: bulk.organization_id,
        course_id: None,
        placement_id: None,
        roster_id: None,
        hold_id: None,
        cause: PassCause::Bulk,
        state: PassState::Awarding,
        leg: 0,
        after_id: None,
        checked: i64::from(bulk.total),
        tallies: json!([]),
        begun_by: bulk.begun_by.clone(),
        due_at: now,
        recheck_at: None,
        mail_at: is_many.then(|| now + pass::MAIL_WAITS),
        undone_by: None,
        undone_at: None,
        created_at: now,
        updated_at: now,
        ended_at: None,
    };
    bulk.state = BulkState::Running;
    bulk.pass_id = Some(awards.id);
    (bulk.updated_at, bulk.ended_at) = (now, None);
    passes::insert(tx, awards).await?;
    rows::update(tx, bulk.clone()).await?;
    enqueue(app, tx, bulk, 0).await
}

/// Ends a bulk's run: from now on what it awarded can be undone.
async fn end(app: &App, tx: &WriteTx, bulk: &mut bulk::Model, state: BulkState) -> Result<()> {
    let now = app.clock.now();
    bulk.state = state;
    (bulk.updated_at, bulk.ended_at) = (now, Some(now));
    rows::update(tx, bulk.clone()).await?;
    let Some(id) = bulk.pass_id else { return Ok(()) };
    if let Some(mut awards) = passes::lock(tx, bulk.organization_id, id).await? {
        awards.state = PassState::Done;
        (awards.updated_at, awards.ended_at) = (now, Some(now));
        passes::update(tx, awards).await?;
    }
    Ok(())
}

/// How the keys of the jobs of a bulk's run begin.
fn job_keys(bulk: &bulk::Model) -> String {
    format!("bulk:{}:{}:", bulk.id, bulk.run)
}

/// Queues work on the rows after a number.
async fn enqueue(app: &App, tx: &WriteTx, bulk: &bulk::Model, after: i32) -> Result<()> {
    let now = app.clock.now();
    let job = NewJob {
        organization: Some(bulk.organization_id),
        payload: Payload::WorkBulk { bulk: bulk.id, run: bulk.run, after },
        run_at: now,
        dedup_key: Some(format!("{}{after}", job_keys(bulk))),
        max_attempts: app.settings.outbox.attempts(),
    };
    outbox::enqueue(tx, now, &app.dice, job).await?;
    Ok(())
}

async fn changed(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    bulk: &bulk::Model,
    action: &'static str,
) -> Result<()> {
    let detail: Value = json!({ "rows": bulk.total, "run": bulk.run });
    let line = Line { action, subject_kind: "bulk", subject_id: bulk.id.to_string(), detail: &detail };
    audit::record(app, tx, Some(bulk.organization_id), caller, line).await
}

fn too_large() -> Error {
    Error::new(
        Kind::Invalid,
        "bulk.too_large",
        format!("A list has at most {MOST_ROWS} rows and {} MB. Send it in parts.", MOST_BYTES / 1024 / 1024),
    )
}
