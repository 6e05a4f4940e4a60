//! What a person asks of columns: to watch one, to rename or remove one of ours, to read one. Each is a wish
//! written down with its job; the answer never waits for a platform.

use lti::services::ags::item::LONGEST_ID;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{LONGEST_LABEL, MAXIMUM, SERVICE_ATTEMPTS, enqueue_settle, explain, resource_id, wanted};
use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        course, once, placement, validate,
    },
    error::{Error, Result},
    ids::{CourseId, LineItemId, LinkId, OrganizationId},
    outbox::{self, NewJob, Payload},
    store::{
        Page, PageQuery, WriteTx,
        entity::{
            line_item::{LineItemPurpose, LineItemState, Model},
            placement::PlacementState,
        },
        line_item as rows, link as links, placement as placements,
    },
};

/// A column to be watched.
#[derive(Clone, Debug)]
pub struct NewColumn {
    /// In which course.
    pub course: CourseId,
    /// Coupled to this link of the course; the platform's own column of it is used where it has one.
    pub link: Option<LinkId>,
    /// Its name in the gradebook.
    pub label: String,
    /// The most it can give; 100 when none.
    pub maximum: Option<Decimal>,
    /// The name by which a rule's `score` calls it (`activity`); made up when none.
    pub activity: Option<String>,
}

/// Asks for a column that Laurel watches and never writes to.
///
/// # Errors
/// `not_found` (course, link); invalid fields; `line_item.exists`.
pub async fn watch(app: &App, caller: &Caller, new: NewColumn) -> Result<Model> {
    let organization = caller.organization;
    course::find(app, organization, new.course).await?;
    if let Some(id) = new.link {
        let link =
            links::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("link"))?;
        if link.course_id != Some(new.course) {
            return Err(Error::invalid("link.elsewhere", "link_id", "This link is not in that course."));
        }
    }
    let maximum = new.maximum.unwrap_or(MAXIMUM).normalize();
    if maximum <= Decimal::ZERO {
        return Err(Error::invalid("column.maximum", "maximum", "Give a number above 0, such as 100."));
    }
    let activity = new.activity.as_deref();
    let activity =
        activity.map(|name| validate::opaque("activity", name, LONGEST_ID.min(255))).transpose()?;
    let label = validate::line("label", &new.label, LONGEST_LABEL)?;
    let mut item = wanted(app, organization, new.course, LineItemPurpose::Watched, label);
    item.resource_id = activity.unwrap_or_else(|| format!("column-{}", item.id));
    item.link_id = new.link;
    item.maximum = maximum.to_string();
    let tx = app.store.write().await?;
    if let Some(earlier) = once::claim(app, &tx, caller, item.id.0).await? {
        return find(app, organization, LineItemId(earlier)).await;
    }
    if !rows::insert_if_new(&tx, item.clone()).await? {
        return Err(Error::conflict(
            "line_item.exists",
            "This course has a column of that activity already. Use it, or choose another name.",
        ));
    }
    enqueue_settle(app, &tx, &item, "wanted").await?;
    record(app, &tx, caller, "column.wanted", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// One column.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: LineItemId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("column"))
}

/// A page of a course's columns, newest first.
///
/// # Errors
/// `not_found` (the course).
pub async fn list(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>> {
    course::find(app, organization, course).await?;
    Ok(rows::list(app.store.read(), organization, course, query).await?)
}

/// Gives a column another name, here at once and at the platform by a job.
///
/// # Errors
/// `not_found`; `text.invalid`; `line_item.gone`; `line_item.not_ours`.
pub async fn rename(app: &App, caller: &Caller, id: LineItemId, label: &str) -> Result<Model> {
    let label = validate::line("label", label, LONGEST_LABEL)?;
    let tx = app.store.write().await?;
    let mut item = held(&tx, caller.organization, id).await?;
    if item.purpose == LineItemPurpose::Gradebook {
        return Err(Error::conflict(
            "line_item.not_ours",
            "This column is not Laurel's. Rename it in the platform's gradebook.",
        ));
    }
    if item.label == label {
        return Ok(item);
    }
    item.label = label;
    item.is_renamed = item.url.is_some();
    item.updated_at = app.clock.now();
    rows::update(&tx, item.clone()).await?;
    if item.is_renamed {
        enqueue_settle(app, &tx, &item, "renamed").await?;
    }
    record(app, &tx, caller, "column.renamed", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// Removes a column. At the platform only one that we made is deleted; any other is merely let go (A25).
///
/// # Errors
/// `not_found`; `line_item.in_use` while a placement reports into it; `line_item.gone`.
pub async fn remove(app: &App, caller: &Caller, id: LineItemId) -> Result<Model> {
    let tx = app.store.write().await?;
    if let Some(again) = repeated(app, &tx, caller, id).await? {
        return Ok(again);
    }
    let mut item = held(&tx, caller.organization, id).await?;
    let placements = placements::of_course(&tx, caller.organization, item.course_id).await?;
    let is_used = item.purpose == LineItemPurpose::Report
        && placements.iter().any(|placed| {
            placed.state != PlacementState::Ended
                && resource_id(placed.achievement_id) == item.resource_id
                && placement::Settings::of(placed).report_score
        });
    if is_used {
        return Err(Error::conflict(
            "line_item.in_use",
            "A placement reports into this column. Switch that off first.",
        ));
    }
    let is_foreign = item.purpose == LineItemPurpose::Gradebook;
    item.state = if is_foreign { LineItemState::Offered } else { LineItemState::Removing };
    item.updated_at = app.clock.now();
    rows::update(&tx, item.clone()).await?;
    if !is_foreign {
        enqueue_settle(app, &tx, &item, "removing").await?;
    }
    record(app, &tx, caller, "column.removed", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// Begins a reading of a watched column's results.
///
/// # Errors
/// `not_found`; `line_item.not_watched`; `line_item.gone`.
pub async fn read(app: &App, caller: &Caller, id: LineItemId) -> Result<Model> {
    let tx = app.store.write().await?;
    if let Some(again) = repeated(app, &tx, caller, id).await? {
        return Ok(again);
    }
    let item = held(&tx, caller.organization, id).await?;
    if item.purpose == LineItemPurpose::Report {
        return Err(Error::conflict(
            "line_item.not_watched",
            "Laurel writes into this column; its own scores prove nothing. Watch another one.",
        ));
    }
    if item.state == LineItemState::Offered {
        return Err(Error::conflict("line_item.not_watched", "Nobody has chosen to watch this column yet."));
    }
    enqueue_read(app, &tx, &item).await?;
    record(app, &tx, caller, "column.read", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// Queues a reading of a column.
///
/// # Errors
/// Only the database's.
pub(super) async fn enqueue_read(app: &App, tx: &WriteTx, item: &Model) -> Result<()> {
    let now = app.clock.now();
    let job = NewJob {
        organization: Some(item.organization_id),
        payload: Payload::ReadColumn { column: item.id },
        run_at: now,
        // Somebody who presses a button twice wants one reading.
        dedup_key: Some(format!("read:{}:{}", item.id, now.timestamp())),
        max_attempts: SERVICE_ATTEMPTS,
    };
    outbox::enqueue(tx, now, &app.dice, job).await?;
    Ok(())
}

/// The sentence that goes with a column's trouble.
#[must_use]
pub fn trouble_of(item: &Model) -> Option<&'static str> {
    item.trouble.as_deref().map(explain)
}

/// The column, if this very request has been done before.
pub(super) async fn repeated(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    id: LineItemId,
) -> Result<Option<Model>> {
    let item = rows::find(tx, caller.organization, id).await?.ok_or_else(|| Error::not_found("column"))?;
    Ok(once::claim(app, tx, caller, id.0).await?.map(|_| item))
}

pub(super) async fn held(tx: &WriteTx, organization: OrganizationId, id: LineItemId) -> Result<Model> {
    let item = rows::lock(tx, organization, id).await?.ok_or_else(|| Error::not_found("column"))?;
    match item.state {
        LineItemState::Removing | LineItemState::Removed => {
            Err(Error::conflict("line_item.gone", "This column has been removed."))
        }
        _ => Ok(item),
    }
}

pub(super) async fn record(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    action: &'static str,
    item: &Model,
) -> Result<()> {
    let detail: Value = json!({ "course": item.course_id, "purpose": item.purpose.as_str() });
    let line = Line { action, subject_kind: "column", subject_id: item.id.to_string(), detail: &detail };
    audit::record(app, tx, Some(caller.organization), caller, line).await
}
