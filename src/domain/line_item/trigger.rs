//! The trigger column: made by one button, so that teachers or the gradebook's own formulas say who has done it
//! (spec/signals.md, trick i). A column of ours with a purpose of its own; a number is never written into it.
//!
//! Where a platform shows only marks of people about whom we have posted something, everybody who learns in the course
//! is told of once, by a score without a number; where it shows none, there is no such column.

use lti::{
    quirks::Marks,
    services::{
        Failure, Next,
        ags::{
            self,
            item::LONGEST_ID,
            score::{self, Event, Score},
        },
        scope,
    },
};
use rust_decimal::Decimal;

use super::{
    LONGEST_LABEL, SERVICE_ATTEMPTS, TRIGGER_TAG, enqueue_settle, grades,
    manage::{self, record},
    settle, wanted,
};
use crate::{
    app::App,
    domain::{access::Caller, course, once, trouble::Trouble, validate},
    error::{Error, Result},
    ids::{CourseId, LineItemId, OrganizationId},
    outbox::{self, NewJob, Payload},
    platform_client::call,
    store::{
        WriteTx, column_seed as seeds,
        entity::{
            column_seed,
            line_item::{LineItemPurpose, LineItemState, Model},
        },
        line_item as rows,
    },
};

/// The activity of a course's trigger column, if nobody gives another.
pub const ACTIVITY: &str = "trigger";
/// What it is called in the gradebook, if nobody says otherwise.
const LABEL: &str = "Badge: mark who has done it";
/// How many people one job tells of.
pub const SEEDED_AT_ONCE: u64 = 32;

/// A trigger column to be made.
#[derive(Clone, Debug)]
pub struct NewTrigger {
    /// In which course.
    pub course: CourseId,
    /// Its name in the gradebook.
    pub label: Option<String>,
    /// The most it can give, which completes the activity; 1 when none.
    pub maximum: Option<Decimal>,
    /// The name by which rules call it (`score` and `completed` of this activity); [`ACTIVITY`] when none.
    pub activity: Option<String>,
}

/// The trigger column of that activity in a course: as it is, or wanted now. A job finds or makes it.
///
/// # Errors
/// `not_found` (course); invalid fields; `column.marks_hidden` where the platform would never show a mark;
/// `line_item.exists`; `line_item.gone` while it is being removed.
pub async fn make(app: &App, caller: &Caller, new: NewTrigger) -> Result<Model> {
    let organization = caller.organization;
    let course = course::find(app, organization, new.course).await?;
    if course::served(app, &course).await?.peer.quirks().marks == Marks::Hidden {
        return Err(Error::conflict(
            "column.marks_hidden",
            "This platform never tells a tool what others put into its columns. Use a link that the platform \
             releases when the work is done.",
        ));
    }
    let maximum = new.maximum.unwrap_or(Decimal::ONE).normalize();
    if maximum <= Decimal::ZERO {
        return Err(Error::invalid("column.maximum", "maximum", "Give a number above 0, such as 1."));
    }
    let activity = new.activity.as_deref().unwrap_or(ACTIVITY);
    let activity = validate::opaque("activity", activity, LONGEST_ID.min(255))?;
    let label = validate::line("label", new.label.as_deref().unwrap_or(LABEL), LONGEST_LABEL)?;
    let tx = app.store.write().await?;
    let known = rows::of_resource(&tx, organization, new.course, &activity, TRIGGER_TAG).await?;
    let mut item = match known {
        Some(known) => known,
        None => Model {
            resource_id: activity,
            maximum: maximum.to_string(),
            ..wanted(app, organization, new.course, LineItemPurpose::Trigger, label.clone())
        },
    };
    if let Some(earlier) = once::claim(app, &tx, caller, item.id.0).await? {
        return manage::find(app, organization, LineItemId(earlier)).await;
    }
    refuse_namesake(&tx, &item).await?;
    match item.state {
        LineItemState::Removing => {
            return Err(Error::conflict("line_item.gone", "This column is being removed."));
        }
        LineItemState::Removed => {
            item = Model { state: LineItemState::Wanted, label, updated_at: app.clock.now(), ..item };
            item.maximum = maximum.to_string();
            rows::update(&tx, item.clone()).await?;
        }
        _ if !rows::insert_if_new(&tx, item.clone()).await? => {
            tx.commit().await?;
            return Ok(item);
        }
        _ => {}
    }
    enqueue_settle(app, &tx, &item, "wanted").await?;
    record(app, &tx, caller, "column.wanted", &item).await?;
    tx.commit().await?;
    Ok(item)
}

/// Refuses what rules could not tell from another column of the course.
pub(super) async fn refuse_namesake(tx: &WriteTx, item: &Model) -> Result<()> {
    let name = (item.course_id, item.resource_id.as_str());
    if rows::is_named(tx, item.organization_id, name, item.purpose).await? {
        return Err(Error::conflict(
            "line_item.exists",
            "This course has another column of that activity. Choose another name.",
        ));
    }
    Ok(())
}

/// Queues telling the platform of those of whom it was not told yet, where it needs that. Once per row and change.
///
/// # Errors
/// Only ours.
pub async fn begin(app: &App, item: &Model) -> Result<()> {
    if item.purpose != LineItemPurpose::Trigger || item.state != LineItemState::Found {
        return Ok(());
    }
    let Ok(grades) = grades(app, item).await else { return Ok(()) };
    if grades.peer.quirks().marks != Marks::ShownOfPosted {
        return Ok(());
    }
    let issuer_url = &grades.peer.platform.row.issuer_url;
    if let Some(next) = seeds::missing(app.store.read(), item, issuer_url, 1).await?.first() {
        let tx = app.store.write().await?;
        let key = format!("seed:{}:{}:{}", item.id, next.id, item.updated_at.timestamp_micros());
        outbox::enqueue(&tx, app.clock.now(), &app.dice, job(app, item, key)).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn job(app: &App, item: &Model, dedup_key: String) -> NewJob {
    NewJob {
        organization: Some(item.organization_id),
        payload: Payload::SeedColumn { column: item.id },
        run_at: app.clock.now(),
        dedup_key: Some(dedup_key),
        max_attempts: SERVICE_ATTEMPTS,
    }
}

/// Tells the platform of the next people of a trigger column's course, and queues the rest; how many were told of.
/// Told twice after a crash, it stays what it was: there is no number in it.
///
/// # Errors
/// Why it could not go on; who was told of by then is kept.
pub async fn seed(app: &App, organization: OrganizationId, id: LineItemId) -> Result<usize, Trouble> {
    let found = rows::find(app.store.read(), organization, id).await?;
    let item = found.ok_or_else(|| Error::not_found("column"))?;
    if item.purpose != LineItemPurpose::Trigger {
        return Err(Error::conflict("line_item.not_watched", "Only trigger columns are begun so.").into());
    }
    if item.state != LineItemState::Found {
        return Ok(0);
    }
    let settle::Ready { item, url, .. } = settle::ready(app, item).await?;
    let grades = grades(app, &item).await?;
    if grades.peer.quirks().marks != Marks::ShownOfPosted {
        return Ok(0);
    }
    ags::require(&grades.ags, scope::SCORE)?;
    let issuer_url = &grades.peer.platform.row.issuer_url;
    let people = seeds::missing(app.store.read(), &item, issuer_url, SEEDED_AT_ONCE).await?;
    let mut told = Vec::with_capacity(people.len());
    let mut ended: Option<Failure> = None;
    for learner in &people {
        let now = app.clock.now();
        let at = score::timestamp(now, None, chrono::Duration::zero());
        let score = Score::of(Event::Seeded, &learner.sub, at, None);
        let trouble = match call(app, &grades.peer, &score.post(&url), score::posted).await {
            Ok(()) => None,
            // About this one person; the next may be another matter.
            Err(failure) if failure.next == Next::Stop => Some(failure.refusal.code().to_owned()),
            Err(failure) => {
                ended = Some(failure);
                break;
            }
        };
        told.push(column_seed::Model {
            id: app.dice.row_id(now),
            organization_id: organization,
            line_item_id: item.id,
            learner_id: learner.id,
            trouble,
            created_at: now,
        });
    }
    let count = told.len();
    let tx = app.store.write().await?;
    if let Some(last) = told.last().filter(|_| ended.is_none() && people.len() as u64 == SEEDED_AT_ONCE) {
        let key = format!("seed:{}:after:{}", item.id, last.learner_id);
        outbox::enqueue(&tx, app.clock.now(), &app.dice, job(app, &item, key)).await?;
    }
    seeds::insert_new(&tx, told).await?;
    tx.commit().await?;
    match ended {
        Some(failure) => {
            if failure.next == Next::Rediscover {
                super::forget(app, &item).await?;
            }
            Err(failure.into())
        }
        None => Ok(count),
    }
}
