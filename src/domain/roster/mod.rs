//! Rosters: who is in a course, and who may open one link of it, as the platform says (lti-1.3-tool §18).
//!
//! Nobody waits for a platform here: somebody asks ([`ask`]), a launch brings the service ([`offered`]), or the
//! time has come ([`enqueue_due`]), and a job reads ([`read()`]), page by page (`people` keeps them, `released`
//! what a link's roster says, `groups` the course's groups). Only a complete reading of the whole course says
//! that somebody is gone; awards stay in any case.

mod groups;
mod people;
mod read;
mod released;

use chrono::{DateTime, Duration, Utc};
use lti::{claims::Services, services::Position};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        course, line_item, once,
    },
    error::{Error, Result},
    ids::{CourseId, LinkId, OrganizationId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx, enrollment as enrollments,
        entity::{course as course_entity, roster::Model},
        link as links, roster as rows,
    },
};

pub use read::read;

/// A course's roster is read by itself no sooner than this after the last time, and up to [`SPREAD`] later.
const EVERY: Duration = Duration::hours(12);
/// Over how long the readings of many courses are spread.
const SPREAD: Duration = Duration::hours(3);
/// How soon after the launch that brought the service its roster is read.
const SOON: Duration = Duration::minutes(1);
/// A course in which nobody was new or changed for so long is not read by itself.
const QUIET: Duration = Duration::days(30);
/// How often to look whether a quiet course has come to life.
const QUIET_LOOK: Duration = Duration::days(1);
/// Somebody who asks again so soon gets the reading that is on its way.
const ON_ITS_WAY: Duration = Duration::minutes(1);

/// What a reading came to, as it is kept with its roster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Pages read.
    pub pages: usize,
    /// People on them.
    pub members: u64,
    /// Of these, learners who take part.
    pub learners: u64,
    /// Of these, who teach or administer.
    pub staff: u64,
    /// Of these, who do not take part now.
    pub inactive: u64,
    /// Who were new to us in this course.
    pub new: u64,
    /// About whom something else was new.
    pub changed: u64,
    /// Who are not in the course any more.
    pub gone: u64,
    /// About whom anything was new that a rule may ask for.
    #[serde(default)]
    pub news: u64,
    /// Awards that followed, once the pass that looks at them has ended.
    pub awarded: u64,
    /// Groups of the course; none where the platform offers none.
    pub groups: Option<u64>,
    /// Why the groups could not be read: a code.
    pub groups_trouble: Option<String>,
    /// Whether everything was read, and everybody.
    pub is_complete: bool,
    /// The code of why not.
    pub trouble: Option<String>,
}

/// Where a long reading goes on: a job reads for a while and leaves the rest to the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Progress {
    /// Names the reading.
    run: Uuid,
    /// When it began.
    began_at: DateTime<Utc>,
    /// When it was left.
    at: DateTime<Utc>,
    /// The page to go on with.
    position: Position,
    /// What it came to so far.
    so_far: Statement,
}

/// Whether the platform offers a roster in this course, as its newest launch says (N10).
#[must_use]
pub fn is_offered(course: &course_entity::Model) -> bool {
    serde_json::from_value::<Services>(course.services.clone()).is_ok_and(|services| services.nrps.is_some())
}

/// What is known of reading a course's roster, or that of one link; nothing when nobody ever wanted it.
///
/// # Errors
/// `not_found` (course, link).
pub async fn find(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    link: Option<LinkId>,
) -> Result<Option<Model>> {
    let course = course::find(app, organization, course).await?;
    check_link(app, &course, link).await?;
    Ok(rows::of_course(app.store.read(), organization, course.id, link).await?)
}

/// Asks for a reading of a course's roster, or of that of one link; a job does it.
///
/// # Errors
/// `not_found` (course, link); `roster.not_offered`.
pub async fn ask(app: &App, caller: &Caller, course: CourseId, link: Option<LinkId>) -> Result<Model> {
    let course = course::find(app, caller.organization, course).await?;
    check_link(app, &course, link).await?;
    if !is_offered(&course) {
        return Err(Error::conflict(
            "roster.not_offered",
            "The platform offers no list of people in this course. Its administrator can allow it (names and \
             roles); the next launch tells us.",
        ));
    }
    let now = app.clock.now();
    let tx = app.store.write().await?;
    let mut roster = held(app, &tx, &course, link).await?;
    if once::claim(app, &tx, caller, roster.id.0).await?.is_some() {
        return Ok(roster);
    }
    let is_on_its_way = roster
        .asked_at
        .is_some_and(|asked| now - asked < ON_ITS_WAY && roster.read_at.is_none_or(|read| read < asked));
    if !is_on_its_way {
        roster.asked_at = Some(now);
        roster.updated_at = now;
        rows::update(&tx, roster.clone()).await?;
        let key = format!("roster:{}:asked:{}", roster.id, now.timestamp_micros());
        outbox::enqueue(&tx, now, &app.dice, job(&roster, None, now, key)).await?;
    }
    let detail = json!({ "course": course.id, "link": link });
    let (subject_kind, subject_id) = ("course", course.id.to_string());
    let line = Line { action: "roster.asked", subject_kind, subject_id, detail: &detail };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(roster)
}

/// The row of a course's roster, or of that of one link, made if need be: for whoever reads it ([`read()`]).
///
/// # Errors
/// `not_found` (course).
pub async fn wanted(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    link: Option<LinkId>,
) -> Result<Model> {
    if let Some(known) = rows::of_course(app.store.read(), organization, course, link).await? {
        return Ok(known);
    }
    let course = course::find(app, organization, course).await?;
    let tx = app.store.write().await?;
    let roster = held(app, &tx, &course, link).await?;
    tx.commit().await?;
    Ok(roster)
}

/// A launch said something new of its course: if it offers a roster that was never read, that is read soon.
///
/// # Errors
/// Only the database's.
pub async fn offered(app: &App, tx: &WriteTx, course: &course_entity::Model) -> Result<()> {
    if is_offered(course) {
        let due_at = Some(app.clock.now() + SOON);
        rows::insert_if_new(tx, Model { due_at, ..blank(app, course, None) }).await?;
    }
    Ok(())
}

/// Queues the readings whose time has come. Courses where nothing happens are only looked at. How many.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_due(app: &App) -> Result<usize> {
    const AT_ONCE: u64 = 64;
    let mut enqueued = 0;
    loop {
        let now = app.clock.now();
        let due = rows::unscoped_due(app.store.read(), now, AT_ONCE).await?;
        for roster in &due {
            let (organization, since) = (roster.organization_id, now - QUIET);
            let is_active = roster.asked_at.is_some_and(|asked| asked >= since)
                || enrollments::is_active_since(app.store.read(), organization, roster.course_id, since)
                    .await?;
            let next = if is_active { next_time(app) } else { now + QUIET_LOOK };
            let tx = app.store.write().await?;
            if !rows::put_off(&tx, roster, Some(next)).await? {
                continue;
            }
            if is_active {
                let due = roster.due_at.unwrap_or(now);
                let key = format!("roster:{}:due:{}", roster.id, due.timestamp_micros());
                outbox::enqueue(&tx, now, &app.dice, job(roster, None, now, key)).await?;
                enqueued += 1;
            }
            tx.commit().await?;
        }
        if (due.len() as u64) < AT_ONCE || app.stop.is_cancelled() {
            return Ok(enqueued);
        }
    }
}

/// When a roster that is read now is read by itself again.
fn next_time(app: &App) -> DateTime<Utc> {
    let dice = i32::from(u16::from_be_bytes(app.dice.bytes()));
    app.clock.now() + EVERY + SPREAD * dice / i32::from(u16::MAX)
}

fn job(roster: &Model, run: Option<Uuid>, run_at: DateTime<Utc>, dedup_key: String) -> NewJob {
    NewJob {
        organization: Some(roster.organization_id),
        payload: Payload::ReadRoster { roster: roster.id, run },
        run_at,
        dedup_key: Some(dedup_key),
        max_attempts: line_item::SERVICE_ATTEMPTS,
    }
}

async fn check_link(app: &App, course: &course_entity::Model, link: Option<LinkId>) -> Result<()> {
    let Some(id) = link else { return Ok(()) };
    let found = links::find(app.store.read(), course.organization_id, id).await?;
    let link = found.ok_or_else(|| Error::not_found("link"))?;
    if link.course_id == Some(course.id) {
        return Ok(());
    }
    Err(Error::invalid("link.elsewhere", "link_id", "This link is not in that course."))
}

/// The row, made if need be, and held until the commit.
async fn held(app: &App, tx: &WriteTx, course: &course_entity::Model, link: Option<LinkId>) -> Result<Model> {
    let blank = blank(app, course, link);
    let known = match rows::of_course(tx, course.organization_id, course.id, link).await? {
        Some(known) => known,
        None if rows::insert_if_new(tx, blank.clone()).await? => return Ok(blank),
        None => rows::of_course(tx, course.organization_id, course.id, link)
            .await?
            .ok_or_else(|| Error::internal("a roster vanished"))?,
    };
    let locked = rows::lock(tx, known.organization_id, known.id).await?;
    locked.ok_or_else(|| Error::internal("a roster vanished"))
}

fn blank(app: &App, course: &course_entity::Model, link: Option<LinkId>) -> Model {
    let now = app.clock.now();
    Model {
        id: app.dice.row_id(now),
        organization_id: course.organization_id,
        course_id: course.id,
        link_id: link,
        scope: rows::scope_of(link),
        reading: None,
        trouble: None,
        trouble_words: None,
        progress: None,
        busy_until: None,
        due_at: None,
        asked_at: None,
        read_at: None,
        complete_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// The last reading of a roster.
///
/// # Errors
/// Only ours: a stored one that does not read.
pub fn reading_of(roster: &Model) -> Result<Option<Statement>> {
    roster.reading.clone().map(serde_json::from_value).transpose().map_err(Error::internal)
}

/// Whether a reading was asked for that has not ended.
#[must_use]
pub fn is_awaited(roster: &Model) -> bool {
    roster.progress.is_some()
        || roster.asked_at.is_some_and(|asked| roster.read_at.is_none_or(|read| read < asked))
}

/// What a code means for whoever looks after the course, and what can be done; plain words.
#[must_use]
pub fn explain(code: &str) -> &'static str {
    match code {
        "lti.nrps.scope_not_granted" | "lti.token.scope_insufficient" => {
            "The platform does not let Laurel read the list of people. Ask its administrator to allow names and \
             roles for the tool."
        }
        "lti.nrps.paging" => {
            "The platform's pages lead astray: round in circles, to another server, or on without end. What was \
             read counts, and nobody is taken for gone."
        }
        "lti.nrps.unavailable" | "lti.token.unreachable" => {
            "The platform does not answer. Laurel tries again by itself."
        }
        "lti.token.refused" | "lti.net.blocked_address" => line_item::explain(code),
        _ => {
            "The platform's list of people is not as the standard says. An operator finds details at the job."
        }
    }
}
