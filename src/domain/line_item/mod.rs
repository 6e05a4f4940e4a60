//! Line items: our columns in a course's gradebook (lti-1.3-tool §17.3).
//!
//! A column is wanted here first and found, or made, by a job ([`settle`]); what a person asks for
//! ([`manage`]) never waits for a platform. [`results`] reads a watched column into [`readings`]. A column into which
//! we report is never watched, and the other way round, so that no score of ours comes back as a signal. A [`trigger`]
//! column is made to be marked by others; a [`gradebook`] that we may read has columns that are not ours.

pub mod gradebook;
pub mod manage;
pub mod readings;
pub mod results;
pub mod settle;
pub mod trigger;

use chrono::{DateTime, Duration, Utc};
use lti::{
    Refusal,
    claims::Ags,
    quirks::Marks,
    services::{Failure, Next, Scopes, ags, scope},
};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;

use super::{course, trouble::Trouble};
use crate::{
    app::App,
    error::{Error, Result},
    ids::{AchievementId, CourseId, LineItemId, OrganizationId},
    outbox::{self, NewJob, Payload, queue},
    platform_client::Peer,
    store::{
        Effect, Topic, WriteTx, course as courses,
        entity::{line_item, line_item::LineItemPurpose, line_item::LineItemState, placement},
        line_item as rows, link as links,
    },
};

/// The tag of columns into which awards are reported.
pub const REPORT_TAG: &str = "laurel-badge";
/// The tag of columns that are watched.
pub const WATCHED_TAG: &str = "laurel-watched";
/// The tag of columns that are made to be marked.
pub const TRIGGER_TAG: &str = "laurel-trigger";
/// Where the tag stands of columns that are not ours; no platform is told of it.
pub const GRADEBOOK_TAG: &str = "gradebook";
/// What a column that we make can give at most; every platform takes whole numbers up to this.
pub const MAXIMUM: Decimal = Decimal::ONE_HUNDRED;
/// How often a job at a platform's service is tried: with the outbox's back-off, about a day (§17.4).
pub const SERVICE_ATTEMPTS: i32 = 15;
/// Longest label, in characters.
pub const LONGEST_LABEL: usize = 200;

/// The resource id of an achievement's column. Not of the placement: the LMS copies columns with their course,
/// and the copy belongs to the copied placement (A11).
#[must_use]
pub fn resource_id(achievement: AchievementId) -> String {
    format!("badge-{achievement}")
}

/// The column into which a placement's awards are reported; wanted now if it is not there yet. Whoever reports
/// into it finds or makes it, and so does the job of `enqueue_settle`.
///
/// # Errors
/// Only ours; the placement has a course.
pub async fn of_placement(
    app: &App,
    tx: &WriteTx,
    placement: &placement::Model,
    label: &str,
) -> Result<line_item::Model> {
    let course = placement.course_id.ok_or_else(|| Error::internal("a column without a course"))?;
    let resource = resource_id(placement.achievement_id);
    let organization = placement.organization_id;
    let known = rows::of_resource(tx, organization, course, &resource, REPORT_TAG).await?;
    let now = app.clock.now();
    let item = match known {
        Some(known) if known.state != LineItemState::Removed => return Ok(known),
        Some(known) => {
            let again = line_item::Model { state: LineItemState::Wanted, updated_at: now, ..known };
            rows::update(tx, again.clone()).await?;
            again
        }
        None => {
            let label = label.chars().take(LONGEST_LABEL).collect();
            let new = line_item::Model {
                link_id: placement.link_id,
                placement_id: Some(placement.id),
                resource_id: resource.clone(),
                ..wanted(app, organization, course, LineItemPurpose::Report, label)
            };
            if rows::insert_if_new(tx, new.clone()).await? {
                new
            } else {
                rows::of_resource(tx, organization, course, &resource, REPORT_TAG)
                    .await?
                    .ok_or_else(|| Error::internal("a column vanished"))?
            }
        }
    };
    Ok(item)
}

/// A column that nobody has looked for yet; its resource id is still to be given.
fn wanted(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    purpose: LineItemPurpose,
    label: String,
) -> line_item::Model {
    let now = app.clock.now();
    let tag = match purpose {
        LineItemPurpose::Report => REPORT_TAG,
        LineItemPurpose::Watched => WATCHED_TAG,
        LineItemPurpose::Trigger => TRIGGER_TAG,
        LineItemPurpose::Gradebook => GRADEBOOK_TAG,
    };
    line_item::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        course_id: course,
        link_id: None,
        placement_id: None,
        purpose,
        resource_id: String::new(),
        tag: tag.to_owned(),
        label,
        maximum: MAXIMUM.to_string(),
        url: None,
        made_by_us: false,
        state: LineItemState::Wanted,
        is_renamed: false,
        trouble: None,
        trouble_words: None,
        busy_until: None,
        last_seen_at: None,
        reading: None,
        created_at: now,
        updated_at: now,
    }
}

/// Queues the job that brings a column in line with what is wanted here; once per change of the row.
pub(super) async fn enqueue_settle(
    app: &App,
    tx: &WriteTx,
    item: &line_item::Model,
    why: &str,
) -> Result<()> {
    let key = format!("column:{}:{why}:{}", item.id, item.updated_at.timestamp_micros());
    outbox::enqueue(tx, app.clock.now(), &app.dice, settle_job(app, item, key)).await?;
    Ok(())
}

fn settle_job(app: &App, item: &line_item::Model, dedup_key: String) -> NewJob {
    NewJob {
        organization: Some(item.organization_id),
        payload: Payload::SettleColumn { column: item.id },
        run_at: app.clock.now(),
        dedup_key: Some(dedup_key),
        max_attempts: SERVICE_ATTEMPTS,
    }
}

/// The columns of a course that its next launch has looked for again: lost ones (A21), and refused ones, once a
/// day or when a launch offers other services. Kept with what is [`Live`](crate::app::Live), so that a launch asks
/// nothing about columns that have been looked for.
///
/// # Errors
/// Only the database's.
pub async fn unsettled(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    now: DateTime<Utc>,
) -> Result<Vec<LineItemId>> {
    let mut due = Vec::new();
    for item in rows::unsettled(db, organization, course).await? {
        if item.purpose == LineItemPurpose::Gradebook {
            // Nobody can make it anew; the next reading of the gradebook sees whether it is there.
            continue;
        }
        if due_key(db, &item, now).await?.is_some() {
            due.push(item.id);
        }
    }
    Ok(due)
}

/// After a launch: the [`unsettled`] columns of its course are looked for. By a job; the launch has been answered
/// by then.
///
/// # Errors
/// Only the database's.
pub async fn look_again(app: &App, organization: OrganizationId, unsettled: &[LineItemId]) -> Result<()> {
    for id in unsettled {
        let db = app.store.read();
        let Some(item) = rows::find(db, organization, *id).await? else { continue };
        let Some(key) = due_key(db, &item, app.clock.now()).await? else { continue };
        let tx = app.store.write().await?;
        outbox::enqueue(&tx, app.clock.now(), &app.dice, settle_job(app, &item, key)).await?;
        // The launches after this one need not ask.
        tx.on_commit(Effect::Changed(Topic::Placements(Some(item.course_id))));
        tx.commit().await?;
    }
    Ok(())
}

/// The key of the job that looks for a column again; `None` when nothing has changed since it last did.
async fn due_key(
    db: &impl ConnectionTrait,
    item: &line_item::Model,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let id = item.id;
    let key = match item.state {
        LineItemState::Lost => format!("column:{id}:lost:{}", item.updated_at.timestamp_micros()),
        LineItemState::Refused => {
            let Some(course) = courses::find(db, item.organization_id, item.course_id).await? else {
                return Ok(None);
            };
            let day = now.date_naive();
            format!("column:{id}:refused:{day}:{}", course.updated_at.timestamp_micros())
        }
        _ => return Ok(None),
    };
    Ok((!queue::is_known(db, item.organization_id, &key).await?).then_some(key))
}

/// The platform no longer has the column: its address is forgotten, and the next launch looks for it.
///
/// # Errors
/// Only the database's.
pub async fn forget(app: &App, item: &line_item::Model) -> Result<()> {
    let tx = app.store.write().await?;
    if let Some(mut row) = rows::lock(&tx, item.organization_id, item.id).await?
        && row.url == item.url
        && row.state == LineItemState::Found
    {
        row.state = LineItemState::Lost;
        row.trouble = Some(Refusal::AgsNotFound.code().to_owned());
        if row.purpose == LineItemPurpose::Gradebook {
            row.trouble = Some("gradebook.gone".to_owned());
        } else {
            row.url = None;
            row.made_by_us = false;
        }
        row.trouble_words = None;
        row.updated_at = app.clock.now();
        rows::update(&tx, row).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The grade service of a column's course.
#[derive(Clone, Debug)]
pub struct Grades {
    /// Whom to ask.
    pub peer: Peer,
    /// What the newest launch allows; `lineitem` is that of the column's own link.
    pub ags: Ags,
    /// The platform's name of that link.
    pub resource_link_id: Option<String>,
}

/// The grade service of a column's course, as its newest launch describes it.
///
/// # Errors
/// `lti.ags.scope_not_granted` when there is none; ours.
pub async fn grades(app: &App, item: &line_item::Model) -> Result<Grades, Trouble> {
    let organization = item.organization_id;
    let db = app.store.read();
    let found = courses::find(db, organization, item.course_id).await?;
    let course = found.ok_or_else(|| Error::not_found("course"))?;
    let course::Served { mut peer, services } = course::served(app, &course).await?;
    let Some(mut ags) = services.ags else {
        let words = "the launch offers no grade service";
        return Err(Failure::about(Refusal::AgsScopeNotGranted, Next::Stop, words).into());
    };
    let link = match item.link_id {
        None => None,
        Some(link) => links::find(db, organization, link).await?,
    };
    ags.lineitem = link.as_ref().and_then(|link| link.line_item_url.clone());
    peer.scopes = needed(&ags);
    Ok(Grades { peer, ags, resource_link_id: link.map(|link| link.resource_link_id) })
}

/// What a column of that purpose needs beside line items themselves (A09): checked before anything is sent.
///
/// # Errors
/// `lti.ags.scope_not_granted`, naming the scope.
pub fn require(grades: &Grades, purpose: LineItemPurpose) -> Result<(), Failure> {
    match purpose {
        LineItemPurpose::Report => ags::require(&grades.ags, scope::SCORE),
        LineItemPurpose::Trigger if grades.peer.quirks().marks == Marks::ShownOfPosted => {
            ags::require(&grades.ags, scope::SCORE)?;
            ags::require(&grades.ags, scope::RESULT_READONLY)
        }
        LineItemPurpose::Watched | LineItemPurpose::Trigger | LineItemPurpose::Gradebook => {
            ags::require(&grades.ags, scope::RESULT_READONLY)
        }
    }
}

/// The scopes of grades that the launch granted and we use (T03): one token serves all of them.
fn needed(ags: &Ags) -> Scopes {
    let has = |scope: &str| ags.scope.iter().any(|granted| granted == scope);
    let items = if has(scope::LINEITEM) { scope::LINEITEM } else { scope::LINEITEM_READONLY };
    [items, scope::RESULT_READONLY, scope::SCORE].into_iter().filter(|scope| has(scope)).collect()
}

/// Until when somebody who takes a row for work at a platform has it: longer than a job may run.
pub(in crate::domain) fn until(app: &App) -> DateTime<Utc> {
    let lease = i64::from(app.settings.outbox.lease_seconds);
    app.clock.now() + Duration::seconds(lease)
}

/// A stored maximum.
///
/// # Errors
/// Ours: it is none.
pub fn maximum_of(item: &line_item::Model) -> Result<Decimal> {
    Decimal::from_str_exact(&item.maximum).map_err(Error::internal)
}

/// What a code means for whoever looks after the course, and what can be done; plain words.
#[must_use]
pub fn explain(code: &str) -> &'static str {
    match code {
        "lti.ags.scope_not_granted" | "lti.token.scope_insufficient" => {
            "The platform does not let Laurel do this in its gradebook. Ask its administrator to allow grade \
             services for the tool (line items, scores, results); where only existing columns may be used, \
             add a graded activity for the tool to the course. The next launch looks again."
        }
        "lti.ags.not_found" => {
            "The column is gone from the platform's gradebook. It is looked for, or made again, at the next \
             launch in this course."
        }
        "gradebook.gone" => {
            "The column is gone from the platform's gradebook, or the platform does not show it any more. Read \
             the list of columns again."
        }
        "lti.ags.rejected" => {
            "The platform says that this person cannot be graded in this column: mostly because they are no \
             learner of the course any more."
        }
        "lti.ags.superseded" => "The platform already holds something newer for this person.",
        "lti.ags.unavailable" | "lti.token.unreachable" => {
            "The platform does not answer. Laurel tries again for about a day."
        }
        "lti.token.refused" => {
            "The platform gives Laurel no access token. Check that it can read Laurel's keys at the address \
             of the platform's JWKS, that both clocks are right, and that the token audience is the one it \
             wants."
        }
        "lti.net.blocked_address" => {
            "The platform named a service at an address that this server does not call. An operator can \
             allow the host in `client.allowed_hosts`."
        }
        "line_item.other_purpose" => {
            "The only column there is serves another purpose: one column is never both read and written."
        }
        "score.staff" | "score.test_user" | "score.not_enrolled" => {
            "Only learners of the course get a score."
        }
        "score.not_wanted" => "The placement does not report scores any more.",
        "score.never_sent" => "There is nothing to take back: no score was ever sent.",
        _ => {
            "The platform's gradebook did not do what the standard says. An operator finds details at the job."
        }
    }
}
