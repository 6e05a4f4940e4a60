//! Health of channels: per course and source how it usually speaks, when it was last heard, and alarms (design §5: "a
//! channel that usually speaks and is silent is an alarm").
//!
//! Nothing is written where signals arrive: a sweep ([`sweep()`]) reads what was heard once, in the order of ids, and
//! looks at those whose limit has passed; [`measure`] has the rule. A reconcile tells of what a channel
//! missed, and of what it cannot read any more ([`note_missed`], [`note_read`]). An alarm ends when its channel speaks,
//! or is read, again.

pub mod measure;
mod sweep;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    app::App,
    domain::course,
    error::Result,
    ids::{CourseId, OrganizationId},
    store::{
        Page, PageQuery, WriteTx, channel_health as rows,
        entity::channel_health::{ChannelAlarm, Model},
    },
};

pub use sweep::{Swept, speakers, sweep};

/// Everything about a course's channels.
///
/// # Errors
/// `not_found`.
pub async fn of_course(app: &App, organization: OrganizationId, id: CourseId) -> Result<Vec<Model>> {
    let course = course::find(app, organization, id).await?;
    Ok(rows::of_course(app.store.read(), organization, course.id).await?)
}

/// A page of the open alarms, of one course if named.
///
/// # Errors
/// `not_found` (the course).
pub async fn alarms(
    app: &App,
    organization: OrganizationId,
    course: Option<CourseId>,
    query: PageQuery,
) -> Result<Page<Model>> {
    if let Some(id) = course {
        course::find(app, organization, id).await?;
    }
    Ok(rows::alarms(app.store.read(), organization, course, query).await?)
}

/// When it will be silent, if it is not heard before; empty while nobody knows what is usual.
#[must_use]
pub fn silent_after(row: &Model) -> Option<DateTime<Utc>> {
    row.limit_minutes.map(|limit| row.last_heard_at + Duration::minutes(i64::from(limit)))
}

/// The hours in which it spoke.
#[must_use]
pub fn hours_of(row: &Model) -> Vec<i64> {
    row.hours.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// Whether it shows that there are people in the course: what we read by ourselves does not.
#[must_use]
pub fn shows_life(row: &Model) -> bool {
    matches!(row.channel.as_str(), "launch" | "event")
}

/// What it has told: kinds and subjects as words, or a kind alone, which then stands for any subject.
fn told(row: &Model) -> impl Iterator<Item = &str> {
    row.kinds.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// The kinds of signal it has told, each once.
#[must_use]
pub fn kinds_of(row: &Model) -> BTreeSet<&str> {
    told(row).filter_map(|told| told.split(' ').next()).collect()
}

/// Whether it has ever told this kind of signal about this subject, of whomever.
#[must_use]
pub fn tells(row: &Model, kind: &str, subject: &str) -> bool {
    told(row).any(|told| match told.split_once(' ') {
        Some(named) => named == (kind, subject),
        None => told == kind,
    })
}

/// An alarm at once: a reconcile found so much that this channel, which has told such things before, did not tell.
///
/// # Errors
/// Only the database's.
pub async fn note_missed(app: &App, tx: &WriteTx, channel: Model, missed: usize) -> Result<()> {
    let Some(row) = rows::take(tx, channel).await? else { return Ok(()) };
    let now = app.clock.now();
    let detail = json!({ "missed": missed });
    let raised = Model { alarm_detail: Some(detail), ..raised(row, ChannelAlarm::Missed, now) };
    Ok(rows::put(tx, vec![raised]).await?)
}

/// A source that is read, and how reading it went.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// In which course.
    pub course: CourseId,
    /// `roster`, `column`, …
    pub channel: &'a str,
    /// Always the same name for the same source of a course.
    pub source: &'a str,
    /// What people call it.
    pub label: &'a str,
    /// The code of why it was not read completely.
    pub trouble: Option<&'a str>,
}

/// Notes how reading sources went: who could be read and cannot any more is an alarm. One transaction for all.
///
/// # Errors
/// Only the database's.
pub async fn note_read(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    read: &[Read<'_>],
) -> Result<()> {
    let now = app.clock.now();
    let Some(first) = read.first() else { return Ok(()) };
    let known = rows::unscoped_of_courses(tx, std::iter::once(first.course).collect()).await?;
    let mut changed = Vec::new();
    for read in read {
        let found =
            known.iter().find(|row| row.channel == read.channel && row.source == read.source).cloned();
        let row = match (found, read.trouble) {
            // Who was never read is not missed.
            (None, Some(_)) => continue,
            (None, None) => blank(app, organization, read, now),
            (Some(row), Some(code)) => {
                let detail = Some(json!({ "trouble": code }));
                Model { alarm_detail: detail, ..raised(row, ChannelAlarm::Unreadable, now) }
            }
            (Some(row), None) => {
                let mut row = row;
                row.hours = json!(measure::with(hours_of(&row), [measure::hour_of(now)]));
                row.heard += 1;
                row.last_heard_at = now;
                row.label = read.label.to_owned();
                cleared(row, now)
            }
        };
        changed.push(Model { updated_at: now, ..row });
    }
    Ok(rows::put(tx, changed).await?)
}

fn blank(app: &App, organization: OrganizationId, read: &Read<'_>, now: DateTime<Utc>) -> Model {
    Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        course_id: read.course,
        channel: read.channel.to_owned(),
        source: read.source.to_owned(),
        label: read.label.to_owned(),
        kinds: json!([]),
        hours: json!([measure::hour_of(now)]),
        heard: 1,
        first_heard_at: now,
        last_heard_at: now,
        usual_minutes: None,
        limit_minutes: None,
        due_at: None,
        alarm: None,
        alarm_at: None,
        alarm_detail: None,
        cleared_at: None,
        updated_at: now,
    }
}

/// With this alarm, since now if it is another than before.
fn raised(mut row: Model, alarm: ChannelAlarm, now: DateTime<Utc>) -> Model {
    if row.alarm != Some(alarm) {
        tracing::warn!(
            course.id = %row.course_id,
            channel = row.channel,
            source = row.source,
            alarm = alarm.as_str(),
            "a channel is an alarm"
        );
        row.alarm_at = Some(now);
    }
    row.alarm = Some(alarm);
    row.due_at = None;
    row.updated_at = now;
    row
}

/// Without alarm.
fn cleared(mut row: Model, now: DateTime<Utc>) -> Model {
    if row.alarm.take().is_some() {
        row.cleared_at = Some(now);
        row.alarm_at = None;
        row.alarm_detail = None;
    }
    row.updated_at = now;
    row
}
