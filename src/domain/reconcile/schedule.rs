//! When courses are reconciled by themselves: an active one every few hours, a quiet one rarely, each at an offset of
//! its own, so that ten thousand do not wake at once; and never more than so many at the same time, so that not even
//! an outage makes them. What is due stands in the database: it survives restarts, and replicas share it.

use chrono::{DateTime, Duration, Utc};

use super::{ABANDONED, begin, blank};
use crate::{
    app::App,
    domain::{access::Caller, channel_health, elsewhere, evaluation},
    error::Result,
    ids::{CourseId, OrganizationId},
    store::{
        channel_health as channels, enrollment as enrollments,
        entity::{reconcile::Model, reconcile_run::ReconcileCause},
        reconcile as rows,
    },
};

/// How many are looked at together.
const LOOKED_AT: u64 = 64;
/// A course is newer than that: an older one may still be on its way.
const SETTLED: Duration = Duration::seconds(60);
/// A course in which nothing happened for so long is quiet.
const QUIET: Duration = Duration::days(30);

/// Begins the reconciles whose time has come; how many.
///
/// # Errors
/// Only the database's; what is begun by then stays begun.
pub async fn enqueue_due(app: &App) -> Result<u64> {
    let configured = &app.settings.reconcile;
    if configured.active_hours == 0 {
        return Ok(0);
    }
    take_on(app).await?;
    let mut begun = 0;
    while !app.stop.is_cancelled() {
        let running = rows::unscoped_running(app.store.read(), app.clock.now() - ABANDONED).await?;
        let room = u64::from(configured.at_once).saturating_sub(running);
        if room == 0 {
            break;
        }
        let due = rows::unscoped_due(app.store.read(), app.clock.now(), room.min(LOOKED_AT)).await?;
        for row in &due {
            begun += u64::from(look(app, row).await?);
        }
        if due.is_empty() {
            break;
        }
    }
    Ok(begun)
}

/// What [`make_all_due`] came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllDue {
    /// Courses that are due; where no badge is live there is nothing to find, and the servers pass them over.
    pub courses: u64,
    /// Courses with a live badge, or named by one, that are too new to have a schedule, and were begun at once.
    pub begun: u64,
}

/// Makes every course of every organization due now: running servers reconcile those in which a badge is live.
///
/// # Errors
/// Only the database's; what is due or begun by then stays so.
pub async fn make_all_due(app: &App, caller: &Caller) -> Result<AllDue> {
    take_on(app).await?;
    let tx = app.store.write().await?;
    let mut all = AllDue { courses: rows::unscoped_make_due(&tx, app.clock.now()).await?, begun: 0 };
    tx.commit().await?;
    let mut after = rows::unscoped_newest(app.store.read()).await?;
    loop {
        let new = rows::unscoped_after(app.store.read(), after, None, LOOKED_AT).await?;
        let Some(last) = new.last() else { return Ok(all) };
        after = Some(last.id);
        for course in &new {
            let organization = course.organization_id;
            if !is_wanted(app, organization, course.id).await? {
                continue;
            }
            let asked_by = caller.actor.to_string();
            let tx = app.store.write().await?;
            begin(app, &tx, blank(app, organization, course.id, ReconcileCause::Asked, &asked_by)).await?;
            tx.commit().await?;
            all.begun += 1;
        }
    }
}

/// Gives courses that are new a schedule.
async fn take_on(app: &App) -> Result<()> {
    loop {
        let now = app.clock.now();
        let db = app.store.read();
        let newest = rows::unscoped_newest(db).await?;
        let new = rows::unscoped_after(db, newest, Some(now - SETTLED), LOOKED_AT).await?;
        if new.is_empty() {
            return Ok(());
        }
        let schedule = new.iter().map(|course| Model {
            id: app.dice.row_id(now),
            organization_id: course.organization_id,
            course_id: course.id,
            due_at: next(course.id, now, hours(app.settings.reconcile.active_hours)),
            ended_at: None,
            created_at: now,
        });
        let tx = app.store.write().await?;
        rows::schedule_many(&tx, schedule.collect()).await?;
        tx.commit().await?;
        if (new.len() as u64) < LOOKED_AT {
            return Ok(());
        }
    }
}

/// Puts a course off to its next time, and begins a reconcile if there is anything to find; whether it did.
async fn look(app: &App, row: &Model) -> Result<bool> {
    let (organization, course, now) = (row.organization_id, row.course_id, app.clock.now());
    let is_active = is_active(app, row, now - QUIET).await?;
    let pause =
        if is_active { app.settings.reconcile.active_hours } else { app.settings.reconcile.quiet_hours };
    let is_wanted = is_wanted(app, organization, course).await?;
    let tx = app.store.write().await?;
    if !rows::put_off(&tx, row, next(course, now, hours(pause))).await? {
        return Ok(false);
    }
    let is_begun = is_wanted
        && !begin(app, &tx, blank(app, organization, course, ReconcileCause::Due, "laurel, by time"))
            .await?
            .is_joined;
    tx.commit().await?;
    Ok(is_begun)
}

/// Whether there is anything to find: a badge is live there, or a live one elsewhere asks about the course.
async fn is_wanted(app: &App, organization: OrganizationId, course: CourseId) -> Result<bool> {
    let db = app.store.read();
    let live = evaluation::live(app, db, organization, Some(course)).await?;
    Ok(!live.placements.is_empty() || !elsewhere::that_name(app, db, organization, course).await?.is_empty())
}

/// Whether anybody was new, launched, or was told of since then.
async fn is_active(app: &App, row: &Model, since: DateTime<Utc>) -> Result<bool> {
    let (db, organization, course) = (app.store.read(), row.organization_id, row.course_id);
    if enrollments::is_active_since(db, organization, course, since).await? {
        return Ok(true);
    }
    let channels = channels::of_course(db, organization, course).await?;
    Ok(channels.iter().any(|row| channel_health::shows_life(row) && row.last_heard_at >= since))
}

fn hours(hours: u32) -> Duration {
    Duration::hours(i64::from(hours.max(1)))
}

/// The next moment after `now` at the course's own offset in the interval: always the same one for a course.
#[must_use]
pub fn next(course: CourseId, now: DateTime<Utc>, interval: Duration) -> DateTime<Utc> {
    let length = interval.num_seconds().max(1);
    // The end of an id is random.
    let (_, random) = course.0.as_u64_pair();
    let offset = i64::try_from(random % length.unsigned_abs()).unwrap_or(0);
    let begun = now.timestamp().div_euclid(length) * length;
    let at = begun + offset;
    let at = if at > now.timestamp() { at } else { at + length };
    DateTime::from_timestamp(at, 0).unwrap_or(now + interval)
}
