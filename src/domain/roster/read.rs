//! One reading: page after page, each kept before the next is asked for, so that memory stays flat; in legs,
//! because a platform may take longer for ten thousand people than a job may run.
//!
//! A broken walk keeps whom it named, and nobody is gone by it. The platform is asked between transactions,
//! never inside one.

use chrono::{DateTime, Duration, Utc};
use lti::{
    Refusal,
    services::{
        Failure, Next, Scopes,
        nrps::{Query, Roster},
        scope,
    },
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Progress, Statement, groups, job, next_time, people, released};
use crate::{
    app::App,
    domain::{
        course::{self, Served},
        line_item,
        pass::{self, Begin, Whom},
        trouble::Trouble,
    },
    error::{Error, Result},
    ids::{OrganizationId, RosterId},
    outbox,
    platform_client::{Peer, fetch},
    store::{
        course as courses, enrollment as enrollments,
        entity::{course as course_entity, link, pass::PassCause, roster::Model},
        link as links, roster as rows,
    },
};

/// The code of trouble of ours.
const OURS: &str = "internal";
/// How soon to look again when another process is at it.
const BUSY: Duration = Duration::seconds(3);
/// A reading that was left so long ago is not gone on with.
const LEFT: Duration = Duration::minutes(10);
/// Pages that one job reads at most.
const PAGES: usize = 128;
/// How many people become inactive in one transaction.
const ENDED_AT_ONCE: u64 = 256;

/// The course whose people are read.
#[derive(Debug)]
pub(super) struct Scene {
    pub course: course_entity::Model,
    pub link: Option<link::Model>,
    pub roster: RosterId,
    pub peer: Peer,
    /// Names this reading.
    pub run: Uuid,
}

/// Reads a roster, or goes on with reading it; what has come of it, unless somebody else is at it or was.
///
/// # Errors
/// Why it could not be read to its end; noted in the row as well. `Busy` while somebody else is at it.
pub async fn read(
    app: &App,
    organization: OrganizationId,
    id: RosterId,
    run: Option<Uuid>,
    enqueued_at: DateTime<Utc>,
) -> Result<Option<Statement>, Trouble> {
    let Some((roster, left)) = begin(app, organization, id, run, enqueued_at).await? else { return Ok(None) };
    let now = app.clock.now();
    let mut leg = match left {
        Some(left) => {
            Leg { run: left.run, began_at: left.began_at, so_far: left.so_far.clone(), at: Some(left) }
        }
        None => Leg { run: app.dice.row_id(now), began_at: now, so_far: Statement::default(), at: None },
    };
    match walk(app, &roster, &mut leg).await {
        Ok(Walked::Left(position)) => {
            let (run, at) = (leg.run, app.clock.now());
            let (began_at, pages) = (leg.began_at, position.pages);
            let progress = Progress { run, began_at, at, position, so_far: leg.so_far };
            leave(app, &roster, progress, format!("roster:{id}:{run}:{pages}")).await?;
            Ok(None)
        }
        Ok(Walked::Ended(failure)) => {
            let statement = leg.so_far;
            state(app, &roster, &statement, failure.as_ref().map(noted)).await?;
            tracing::info!(
                roster.id = %roster.id,
                members = statement.members,
                new = statement.new,
                gone = statement.gone,
                complete = statement.is_complete,
                "a roster is read"
            );
            match failure {
                Some(failure) => Err(failure.into()),
                None => Ok(Some(statement)),
            }
        }
        Err(trouble) => {
            let noted = match &trouble {
                Trouble::Platform(failure) => noted(failure),
                _ => (OURS.to_owned(), None),
            };
            let statement = Statement { at: app.clock.now(), is_complete: false, ..leg.so_far };
            state(app, &roster, &statement, Some(noted)).await?;
            Err(trouble)
        }
    }
}

/// A part of a reading.
struct Leg {
    run: Uuid,
    began_at: DateTime<Utc>,
    so_far: Statement,
    at: Option<Progress>,
}

/// How a leg ended.
enum Walked {
    /// There is more to read.
    Left(lti::services::Position),
    /// It was the last one, and this is why something is missing.
    Ended(Option<Failure>),
}

/// Takes the row, if there is anything to read; with where to go on.
async fn begin(
    app: &App,
    organization: OrganizationId,
    id: RosterId,
    run: Option<Uuid>,
    enqueued_at: DateTime<Utc>,
) -> Result<Option<(Model, Option<Progress>)>, Trouble> {
    let now = app.clock.now();
    let tx = app.store.write().await?;
    if !rows::take(&tx, organization, id, now, line_item::until(app)).await? {
        return match rows::find(&tx, organization, id).await? {
            None => Err(Error::not_found("roster").into()),
            Some(_) => Err(Trouble::Busy(BUSY)),
        };
    }
    let roster = rows::find(&tx, organization, id).await?.ok_or_else(|| Error::not_found("roster"))?;
    let left: Option<Progress> =
        roster.progress.clone().map(serde_json::from_value).transpose().map_err(Error::internal)?;
    let left = match left {
        Some(left) if run == Some(left.run) => Some(left),
        // Somebody else is in the middle of it, between two legs.
        Some(left) if now - left.at < LEFT => return Ok(None),
        // Since this was wanted, it has been read.
        _ if roster.read_at.is_some_and(|read| read > enqueued_at && roster.trouble.is_none()) => {
            return Ok(None);
        }
        _ => None,
    };
    tx.commit().await?;
    Ok(Some((roster, left)))
}

async fn walk(app: &App, roster: &Model, leg: &mut Leg) -> Result<Walked, Trouble> {
    let (scene, services) = scene(app, roster, leg.run).await?;
    let Some(nrps) = &services.nrps else {
        let words = "the launch offers no list of people";
        return Err(Failure::about(Refusal::NrpsScopeNotGranted, Next::Stop, words).into());
    };
    let is_first = leg.at.is_none();
    let of_course = match (&services.groups, &scene.link) {
        (Some(service), None) => Some(groups::known(app, &scene, service, is_first, &mut leg.so_far).await?),
        _ => None,
    };
    let query = Query {
        link: scene.link.as_ref().map(|link| link.resource_link_id.as_str()),
        groups: of_course.is_some(),
        ..Query::default()
    };
    let quirks = scene.peer.quirks();
    let mut pages = match &leg.at {
        Some(left) => Roster::resume(&nrps.url, &query, quirks, &left.position)?,
        None => Roster::new(&nrps.url, &query, quirks)?,
    };
    let started = Instant::now();
    let longest = std::time::Duration::from_secs(u64::from(app.settings.outbox.lease_seconds / 4));
    let mut read = 0;
    while let Some(request) = pages.request() {
        let is_enough = read >= PAGES || (read > 0 && started.elapsed() > longest);
        if let Some(position) = pages.position().filter(|_| is_enough) {
            return Ok(Walked::Left(position));
        }
        let fetched = fetch(app, &scene.peer, &request).await?;
        let page = pages.heard(&fetched.answer(), app.clock.now()).map_err(Failure::again)?;
        if page.context_id.as_deref().is_some_and(|context| context != scene.course.context_id) {
            let words = "it is the list of another course";
            return Err(Failure::about(Refusal::NrpsInvalidResponse, Next::Alarm, words).into());
        }
        read += 1;
        leg.so_far.pages += 1;
        for members in page.members.chunks(people::CHUNK) {
            people::keep(app, &scene, members, of_course.as_ref(), &mut leg.so_far).await?;
        }
    }
    leg.so_far.at = app.clock.now();
    leg.so_far.is_complete = pages.is_complete();
    if pages.is_everybody() {
        leg.so_far.gone = end_unseen(app, &scene, leg.began_at).await?;
    }
    if let (Some(link), true) = (&scene.link, pages.is_complete()) {
        released::close_unseen(app, &scene, link).await?;
    }
    let failure = pages.trouble().cloned().or_else(|| {
        let words = "some of the people on it cannot be read";
        (!pages.is_complete()).then(|| Failure::about(Refusal::NrpsInvalidResponse, Next::Alarm, words))
    });
    Ok(Walked::Ended(failure))
}

async fn scene(app: &App, roster: &Model, run: Uuid) -> Result<(Scene, lti::claims::Services), Trouble> {
    let (db, organization) = (app.store.read(), roster.organization_id);
    let course = courses::find(db, organization, roster.course_id).await?;
    let course = course.ok_or_else(|| Error::not_found("course"))?;
    let Served { mut peer, services } = course::served(app, &course).await?;
    peer.scopes = [scope::MEMBERSHIP_READONLY].into_iter().collect::<Scopes>();
    let link = match roster.link_id {
        None => None,
        Some(link) => links::find(db, organization, link).await?,
    };
    Ok((Scene { course, link, roster: roster.id, peer, run }, services))
}

/// Whom a complete reading did not name is not in the course any more. Their awards stay.
async fn end_unseen(app: &App, scene: &Scene, began_at: DateTime<Utc>) -> Result<u64> {
    let (course, issuer_url) = (&scene.course, &scene.peer.platform.row.issuer_url);
    let mut gone = 0;
    loop {
        let tx = app.store.write().await?;
        let reading = (scene.run, began_at);
        let organization = course.organization_id;
        let ended =
            enrollments::end_unseen(&tx, organization, course.id, issuer_url, reading, ENDED_AT_ONCE).await?;
        tx.commit().await?;
        gone += ended;
        if ended < ENDED_AT_ONCE {
            return Ok(gone);
        }
    }
}

/// Leaves the rest to another job.
async fn leave(app: &App, roster: &Model, progress: Progress, key: String) -> Result<()> {
    let (run, now) = (progress.run, app.clock.now());
    let tx = app.store.write().await?;
    let Some(mut row) = rows::lock(&tx, roster.organization_id, roster.id).await? else { return Ok(()) };
    row.progress = Some(serde_json::to_value(&progress).map_err(Error::internal)?);
    row.busy_until = None;
    row.updated_at = now;
    rows::update(&tx, row).await?;
    outbox::enqueue(&tx, now, &app.dice, job(roster, Some(run), now, key)).await?;
    tx.commit().await
}

/// A failure as it is kept: its code and the platform's words.
fn noted(failure: &Failure) -> (String, Option<String>) {
    (failure.refusal.code().to_owned(), failure.words.clone())
}

/// Writes down what a reading came to and gives the row free.
async fn state(
    app: &App,
    roster: &Model,
    statement: &Statement,
    trouble: Option<(String, Option<String>)>,
) -> Result<()> {
    let now = app.clock.now();
    let tx = app.store.write().await?;
    if statement.news > 0 {
        // Before the roster is held: the pass holds it last, too.
        let new = Begin {
            cause: PassCause::Roster,
            by: "laurel, by roster".to_owned(),
            due_at: now,
            roster: Some(roster.id),
            hold: None,
        };
        pass::begin_with(app, &tx, roster.organization_id, Whom::course(roster.course_id), new).await?;
    }
    let Some(mut row) = rows::lock(&tx, roster.organization_id, roster.id).await? else { return Ok(()) };
    let (trouble, words) = trouble.unzip();
    let statement = Statement { trouble: trouble.clone(), ..statement.clone() };
    row.reading = Some(serde_json::to_value(&statement).map_err(Error::internal)?);
    row.trouble_words = words.flatten();
    row.trouble = trouble;
    row.progress = None;
    row.busy_until = None;
    row.read_at = Some(now);
    if statement.is_complete {
        row.complete_at = Some(now);
    }
    if row.link_id.is_none() {
        row.due_at = Some(next_time(app));
    }
    row.updated_at = now;
    rows::update(&tx, row).await?;
    tx.commit().await
}
