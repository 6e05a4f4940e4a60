//! Reading a course's record: once at a time, as far as the platform lets us; what it came to is stated.
//!
//! A reading that lacks something says so and why; what is absent in it means nothing. Only passing trouble is tried
//! again, and not before the platform wishes.

use chrono::{DateTime, Duration, Utc};
use lti::{claims::Services, services::paging::Pager};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    fault::{Fault, Why},
    fetch::{Session, heard},
    keep::{Scene, Tally},
    read_canvas, read_moodle, source,
    told::Page,
    wanted,
};
use crate::{
    app::{App, PlatformEntry},
    domain::{
        course::{self, Served},
        event_channel::item::CANVAS,
        line_item,
        trouble::Trouble,
    },
    error::{Error, Kind, Result},
    ids::{CourseId, OrganizationId, RecordSourceId},
    store::{
        entity::{course as course_entity, record_reading, record_source, record_source::RecordKind},
        external_name as names, record_reading as readings, record_source as rows,
    },
};

/// How soon to look again when another process is at it.
const BUSY: Duration = Duration::seconds(3);
/// How long a platform is left alone that asks us to slow down without saying how long.
const REST: Duration = Duration::minutes(5);
/// The longest rest, whatever the platform says.
const LONGEST_REST: Duration = Duration::hours(1);

/// What a reading came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// From which source.
    pub source: RecordSourceId,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Completions and scores told about learners we know.
    pub read: u64,
    /// Of those, new or changed.
    pub new: u64,
    /// People whom we do not know (yet): the roster has not named them, or two have the same number.
    pub unknown: u64,
    /// Entries that could not be read.
    pub unreadable: u64,
    /// Where people are asked about one by one: how many there are to be looked at.
    pub people: Option<u64>,
    /// And how many of them were.
    pub looked_at: Option<u64>,
    /// After so many readings everybody has been looked at, at the latest.
    pub readings_for_all: u64,
    /// Requests to the platform.
    pub requests: u32,
    /// How long it took to answer them.
    pub waited: std::time::Duration,
    /// Whether all that the rules ask for was read, of everybody.
    pub is_complete: bool,
    /// Why not.
    pub trouble: Option<Fault>,
}

/// A reading as it is kept with its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// Names its readings.
    pub run: Uuid,
    /// As in [`Reading`].
    pub read: u64,
    /// As in [`Reading`].
    pub new: u64,
    /// As in [`Reading`].
    pub unknown: u64,
    /// As in [`Reading`].
    pub unreadable: u64,
    /// As in [`Reading`].
    pub people: Option<u64>,
    /// As in [`Reading`].
    pub looked_at: Option<u64>,
    /// As in [`Reading`].
    pub readings_for_all: u64,
    /// As in [`Reading`].
    pub requests: u32,
    /// As in [`Reading`].
    pub is_complete: bool,
    /// The code of why not.
    pub trouble: Option<String>,
}

/// A source that is read for a course, and what it came to last.
#[derive(Clone, Debug)]
pub struct SourceOfCourse {
    /// The source.
    pub source: record_source::Model,
    /// The last reading, if there was one.
    pub last: Option<Statement>,
    /// When everything was read last.
    pub complete_at: Option<DateTime<Utc>>,
}

impl SourceOfCourse {
    /// Whether it tells of completions of single activities; Canvas tells of whole courses only.
    #[must_use]
    pub fn completes_activities(&self) -> bool {
        self.source.kind == RecordKind::Moodle
    }

    /// Whether it calls people by numbers that only custom parameters tell; Moodle's are those of launches.
    #[must_use]
    pub fn names_people_by_numbers(&self) -> bool {
        self.source.kind == RecordKind::Canvas
    }
}

/// The sources that are read for a course: at most one so far, its platform's; none where the platform cannot be asked
/// for the course at all.
///
/// # Errors
/// Only ours.
pub async fn sources_of_course(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<SourceOfCourse>> {
    match asked_of_course(app, organization, course).await {
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Conflict | Kind::Forbidden) => {
            Ok(Vec::new())
        }
        known => known,
    }
}

async fn asked_of_course(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<SourceOfCourse>> {
    let course = course::find(app, organization, course).await?;
    let Served { peer, .. } = course::served(app, &course).await?;
    let db = app.store.read();
    let found = rows::of_platform(db, organization, peer.platform.row.id).await?;
    let Some(source) = found.filter(|row| source::covers(row, course.id)) else { return Ok(Vec::new()) };
    let row = readings::of_course(db, organization, source.id, course.id).await?;
    let complete_at = row.as_ref().and_then(|row| row.complete_at);
    let last = row.and_then(|row| row.reading).map(serde_json::from_value).transpose();
    Ok(vec![SourceOfCourse { source, last: last.map_err(Error::internal)?, complete_at }])
}

/// Reads what the course's platform records of its people, as far as rules ask for it, and keeps what is new as
/// readings. `None`: nobody has consented to that for this course.
///
/// # Errors
/// Busy while somebody else is at it; ours, among them that the course is not there or its deployment not accepted.
/// What is wrong at the platform is no error but the reading's trouble.
pub async fn read(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    run: Uuid,
) -> Result<Option<Reading>, Trouble> {
    let course = course::find(app, organization, course).await?;
    let Served { peer, services } = course::served(app, &course).await?;
    let found = rows::of_platform(app.store.read(), organization, peer.platform.row.id).await?;
    let Some(source) = found.filter(|row| source::covers(row, course.id)) else { return Ok(None) };
    let row = begin(app, &source, &course).await?;
    let now = app.clock.now();
    let mut walk = Walk::new(app, &source, &course, &peer.platform, &services, &row, run);
    let done = match source.rests_until.filter(|until| *until > now) {
        Some(until) => Err(Fault::new(Why::Busy).after(Some(until - now)).into()),
        None => walk.go().await,
    };
    let fault = match done {
        Ok(()) if !walk.tally.unknown.is_empty() && is_anybody_unnamed(app, &source, course.id).await? => {
            Some(walk.fault.take().unwrap_or_else(|| Fault::new(Why::PeopleUnnamed)))
        }
        Ok(()) => walk.fault.take(),
        Err(Halt::Fault(fault)) => Some(fault),
        Err(Halt::Ours(error)) => {
            free(app, &row).await?;
            return Err(error.into());
        }
    };
    let reading = walk.stated(fault);
    let position = walk.position;
    end(app, &source, row, &reading, run, position).await?;
    tracing::info!(
        source.id = %source.id,
        course.id = %course.id,
        read = reading.read,
        new = reading.new,
        unknown = reading.unknown,
        requests = reading.requests,
        platform_ms = u64::try_from(reading.waited.as_millis()).unwrap_or(u64::MAX),
        complete = reading.is_complete,
        "a record is read"
    );
    Ok(Some(reading))
}

/// Whether the source may tell of learners of a course under numbers that nobody has told us.
///
/// # Errors
/// Only the database's.
pub async fn is_anybody_unnamed(app: &App, source: &record_source::Model, course: CourseId) -> Result<bool> {
    match source.kind {
        RecordKind::Moodle => Ok(false),
        RecordKind::Canvas => {
            let (db, organization) = (app.store.read(), source.organization_id);
            Ok(names::is_anybody_unnamed(db, organization, source.platform_id, CANVAS, course).await?)
        }
    }
}

/// Why a reading stops.
pub(super) enum Halt {
    Fault(Fault),
    Ours(Error),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// A reading on its way.
pub(super) struct Walk<'a> {
    pub scene: Scene<'a>,
    pub services: &'a Services,
    pub tally: Tally,
    /// Where to go on, where people are asked about one by one.
    pub position: Option<serde_json::Value>,
    pub people: Option<u64>,
    pub looked_at: Option<u64>,
    pub readings_for_all: u64,
    pub requests: u32,
    pub waited: std::time::Duration,
    /// The first thing that could not be read, where the rest went on.
    pub fault: Option<Fault>,
}

impl<'a> Walk<'a> {
    fn new(
        app: &'a App,
        source: &'a record_source::Model,
        course: &'a course_entity::Model,
        platform: &'a PlatformEntry,
        services: &'a Services,
        row: &record_reading::Model,
        run: Uuid,
    ) -> Self {
        let (issuer_url, label) = (platform.row.issuer_url.as_str(), platform.row.name.as_str());
        Self {
            scene: Scene { app, source, course, issuer_url, label, run },
            services,
            tally: Tally::default(),
            position: row.position.clone(),
            people: None,
            looked_at: None,
            readings_for_all: 1,
            requests: 0,
            waited: std::time::Duration::ZERO,
            fault: None,
        }
    }

    async fn go(&mut self) -> Result<(), Halt> {
        let wanted = wanted::of_course(self.scene.app, self.scene.course).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let mut session = Session::open(self.scene.app, self.scene.source).await??;
        let done = match self.scene.source.kind {
            RecordKind::Canvas => read_canvas::read(self, &mut session, &wanted).await,
            RecordKind::Moodle => read_moodle::read(self, &mut session, &wanted).await,
        };
        (self.requests, self.waited) = (session.requests, session.waited);
        done
    }

    /// Goes on after a part that could not be read, unless no other part will do better.
    pub fn go_on(&mut self, part: Result<(), Halt>) -> Result<(), Halt> {
        let fault = match part {
            Ok(()) => return Ok(()),
            Err(Halt::Fault(fault)) => fault,
            Err(ours) => return Err(ours),
        };
        let is_about_all = matches!(
            fault.why,
            Why::TokenRefused
                | Why::ServiceOff
                | Why::NotThere
                | Why::Busy
                | Why::Unavailable
                | Why::AddressRefused
                | Why::CourseNotFound
                | Why::CourseClosed
        );
        match is_about_all {
            true => Err(fault.into()),
            false => {
                self.fault.get_or_insert(fault);
                Ok(())
            }
        }
    }

    fn stated(&self, trouble: Option<Fault>) -> Reading {
        let has_seen_all = self.looked_at == self.people;
        Reading {
            source: self.scene.source.id,
            at: self.scene.app.clock.now(),
            read: self.tally.read,
            new: self.tally.new,
            unknown: self.tally.unknown.len() as u64,
            unreadable: self.tally.unreadable,
            people: self.people,
            looked_at: self.looked_at,
            readings_for_all: self.readings_for_all,
            requests: self.requests,
            waited: self.waited,
            is_complete: trouble.is_none() && self.tally.unreadable == 0 && has_seen_all,
            trouble,
        }
    }
}

/// A list that comes in pages.
pub(super) struct Pages {
    pager: Pager,
    lie: Option<Fault>,
}

impl Pages {
    pub fn new(url: &str) -> Result<Self, Fault> {
        let pager = Pager::new(url).map_err(|_| Fault::new(Why::AddressRefused))?;
        Ok(Self { pager, lie: None })
    }

    /// The next page, read; `None` at the end. A page before one that leads astray counts.
    pub async fn next<T>(
        &mut self,
        app: &App,
        session: &mut Session<'_>,
        read: impl FnOnce(&lti::services::Answer<'_>, DateTime<Utc>) -> Result<Page<T>, Fault>,
    ) -> Result<Option<Page<T>>, Fault> {
        if let Some(lie) = self.lie.take() {
            return Err(lie);
        }
        let Some(url) = self.pager.address().map(str::to_owned) else { return Ok(None) };
        let answered = session.get(&url).await?;
        let answer = heard(&answered);
        let page = read(&answer, app.clock.now())?;
        if self.pager.turn(&answer).is_err() {
            self.lie = Some(Fault::of(Why::Paging, answer.status));
        }
        Ok(Some(page))
    }
}

/// Takes the course's row, made now if there is none.
async fn begin(
    app: &App,
    source: &record_source::Model,
    course: &course_entity::Model,
) -> Result<record_reading::Model, Trouble> {
    let (now, organization) = (app.clock.now(), course.organization_id);
    let new = record_reading::Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        source_id: source.id,
        course_id: course.id,
        busy_until: None,
        position: None,
        reading: None,
        trouble: None,
        trouble_words: None,
        read_at: None,
        complete_at: None,
        created_at: now,
        updated_at: now,
    };
    let tx = app.store.write().await?;
    readings::insert_if_new(&tx, new).await?;
    let row = readings::of_course(&tx, organization, source.id, course.id).await?;
    let row = row.ok_or_else(|| Error::internal("a reading vanished"))?;
    if !readings::take(&tx, organization, row.id, now, line_item::until(app)).await? {
        return Err(Trouble::Busy(BUSY));
    }
    tx.commit().await?;
    Ok(row)
}

/// Gives the row free, as it was.
async fn free(app: &App, row: &record_reading::Model) -> Result<()> {
    let tx = app.store.write().await?;
    readings::update(&tx, record_reading::Model { busy_until: None, ..row.clone() }).await?;
    tx.commit().await
}

/// Writes down what a reading came to, gives the row free, and lets the platform rest if it asks for that.
async fn end(
    app: &App,
    source: &record_source::Model,
    row: record_reading::Model,
    reading: &Reading,
    run: Uuid,
    position: Option<serde_json::Value>,
) -> Result<()> {
    let (now, organization) = (app.clock.now(), row.organization_id);
    let statement = Statement {
        at: now,
        run,
        read: reading.read,
        new: reading.new,
        unknown: reading.unknown,
        unreadable: reading.unreadable,
        people: reading.people,
        looked_at: reading.looked_at,
        readings_for_all: reading.readings_for_all,
        requests: reading.requests,
        is_complete: reading.is_complete,
        trouble: reading.trouble.as_ref().map(|fault| fault.why.code().to_owned()),
    };
    let tx = app.store.write().await?;
    let Some(mut row) = readings::lock(&tx, organization, row.id).await? else { return Ok(()) };
    row.busy_until = None;
    row.position = position;
    row.trouble.clone_from(&statement.trouble);
    row.trouble_words = reading.trouble.as_ref().and_then(|fault| fault.words.clone());
    row.reading = Some(serde_json::to_value(&statement).map_err(Error::internal)?);
    row.read_at = Some(now);
    if reading.is_complete {
        row.complete_at = Some(now);
    }
    row.updated_at = now;
    readings::update(&tx, row).await?;
    if let Some(fault) = reading.trouble.as_ref().filter(|fault| fault.why == Why::Busy) {
        let until = now + fault.wait.unwrap_or(REST).min(LONGEST_REST);
        rows::rest(&tx, organization, source.id, until).await?;
    }
    tx.commit().await
}
