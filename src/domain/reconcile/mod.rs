//! Reconciling: push makes it fast, this makes it true (design §5). Per course it reads what the platform lets us read
//! (`plan`, `read`), has everybody evaluated by a pass, and ends in a stored [`Statement`]: "213 learners
//! checked, 4 awarded, 0 missing, 2 unreadable" (`state`). Where rules of other courses name it, those are evaluated
//! too, and who is awarded there is in its statement.
//!
//! In legs ([`legs`]), each a job, so that a restart loses nothing and memory stays flat. One at a time per course: who
//! asks while one runs joins it. By itself when its time has come ([`schedule`]). A source that fails stops no other; what
//! it leaves unread makes people unreadable ([`unread`]), never "not met".

pub mod legs;
mod plan;
pub mod read;
pub mod schedule;
mod state;
pub mod unread;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::Caller,
        audit::{self, Line},
        course, once,
    },
    error::{Error, Result},
    ids::{AchievementId, AwardId, CourseId, LearnerId, OrganizationId, PlacementId, ReconcileRunId},
    outbox::{self, NewJob, Payload},
    store::{
        Page, PageQuery, WriteTx,
        entity::reconcile_run::{Model, ReconcileCause, ReconcileState},
        reconcile as rows,
    },
    texts::{Language, Texts},
};

/// A run that nothing has happened to for so long has been abandoned: its job is dead.
const ABANDONED: Duration = Duration::hours(3);

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Who is in the course.
    Roster,
    /// Who may open a link.
    LinkRoster,
    /// A watched column.
    Column,
    /// The platform's own record.
    Record,
}

impl SourceKind {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::LinkRoster => "link_roster",
            Self::Column => "column",
            Self::Record => "record",
        }
    }
}

/// One thing that is read, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What.
    pub kind: SourceKind,
    /// Which: a link, a column, a record source; none for the course's own roster.
    pub id: Option<Uuid>,
    /// What rules call it, where they do: a column's activity.
    pub activity: Option<String>,
    /// Whether it tells of completions of activities: a trigger column of its own, some records of any.
    #[serde(default)]
    pub completes: bool,
    /// It is read for what the platform calls people, if somebody's name is not known; no rule asks about it.
    #[serde(default)]
    pub for_names: bool,
    /// What people call it.
    pub name: String,
    /// Whether that has been done, well or not.
    pub is_done: bool,
    /// How often it was tried.
    pub tries: u32,
    /// How often somebody else was at it.
    #[serde(default)]
    pub looks: u32,
    /// When it was read.
    pub read_at: Option<DateTime<Utc>>,
    /// How many entries it named.
    pub read: u64,
    /// Of these, new or changed.
    pub new: u64,
    /// Whether everything was read.
    pub is_complete: bool,
    /// The code of why not.
    pub trouble: Option<String>,
    /// The platform's own words about it.
    pub platform_says: Option<String>,
}

impl Source {
    fn new(kind: SourceKind, id: Option<Uuid>, name: String) -> Self {
        Self {
            kind,
            id,
            activity: None,
            completes: false,
            for_names: false,
            name,
            is_done: false,
            tries: 0,
            looks: 0,
            read_at: None,
            read: 0,
            new: 0,
            is_complete: false,
            trouble: None,
            platform_says: None,
        }
    }
}

/// An award that this reconcile made: somebody whom nothing had told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescued {
    /// The award.
    pub award: AwardId,
    /// Whose.
    pub learner: LearnerId,
    /// By which placement.
    pub placement: Option<PlacementId>,
    /// Of which badge.
    pub achievement: AchievementId,
    /// The channels that told, each once.
    pub channels: Vec<String>,
    /// Who told, by name, each once.
    pub sources: Vec<String>,
}

/// Awards that wait for a person's click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of which placement.
    pub placement: PlacementId,
    /// How many.
    pub awards: u64,
    /// Why: `breaker`, `first_release`, `undone`.
    pub why: String,
}

/// In what a reconcile ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Learners who were looked at.
    pub checked: u64,
    /// Awards made.
    pub awarded: u64,
    /// Awards that are due, that nothing holds, and that were not made all the same.
    pub missing: u64,
    /// Learners of whom nobody knows, because something could not be read completely: had it been, they might have
    /// a badge.
    pub unreadable: u64,
    /// Awards that wait for a click.
    pub holds: Vec<Held>,
    /// Who was rescued, the first [`RESCUED_NAMED`]; all are found by the pass.
    pub rescued: Vec<Rescued>,
    /// Event channels that have told such things before and did not tell these, by name.
    pub silent: Vec<String>,
    /// The code of why it ended without looking at everybody.
    pub trouble: Option<String>,
}

/// So many of the rescued are named in a statement.
pub const RESCUED_NAMED: usize = 200;

impl Statement {
    /// How many awards wait for a click.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.holds.iter().map(|held| held.awards).sum()
    }

    /// In one sentence.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        if self.trouble.is_some() {
            return Texts::get(language, "reconcile-broken", &[]);
        }
        let words = |number: u64| number.to_string().as_str().into();
        let count = i64::try_from(self.checked).unwrap_or(i64::MAX);
        let mut args = vec![
            ("count", count.into()),
            ("awarded", words(self.awarded)),
            ("missing", words(self.missing)),
            ("unreadable", words(self.unreadable)),
        ];
        if self.held() == 0 {
            return Texts::get(language, "reconcile-sentence", &args);
        }
        args.push(("held", words(self.held())));
        Texts::get(language, "reconcile-sentence-held", &args)
    }
}

/// A course's reconcile that was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The run.
    pub run: Model,
    /// It was under way already.
    pub is_joined: bool,
}

/// Asks for a reconcile of a course, or (`Replay`) for everybody's evaluation on what is stored. Who asks while one
/// runs joins it.
///
/// # Errors
/// `not_found`.
pub async fn ask(app: &App, caller: &Caller, course: CourseId, cause: ReconcileCause) -> Result<Asked> {
    let course = course::find(app, caller.organization, course).await?;
    let tx = app.store.write().await?;
    let new = blank(app, course.organization_id, course.id, cause, &caller.actor.to_string());
    let asked = begin(app, &tx, new).await?;
    if let Some(earlier) = once::claim(app, &tx, caller, asked.run.id.0).await? {
        drop(tx);
        let run = find(app, caller.organization, ReconcileRunId(earlier)).await?;
        return Ok(Asked { run, is_joined: false });
    }
    let detail = json!({ "course": course.id, "cause": cause, "joined": asked.is_joined });
    let subject_id = asked.run.id.to_string();
    let line = Line { action: "reconcile.asked", subject_kind: "reconcile", subject_id, detail: &detail };
    audit::record(app, &tx, Some(caller.organization), caller, line).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Begins a run, or joins the one that is under way; one that was abandoned is ended first.
async fn begin(app: &App, tx: &WriteTx, new: Model) -> Result<Asked> {
    let now = app.clock.now();
    if let Some(known) = rows::running(tx, new.organization_id, new.course_id).await? {
        if now - known.updated_at < ABANDONED {
            return Ok(Asked { run: known, is_joined: true });
        }
        let statement = Statement { trouble: Some("reconcile.abandoned".to_owned()), ..Statement::default() };
        end(app, tx, known, &statement).await?;
    }
    if !rows::insert_if_free(tx, new.clone()).await? {
        let known = rows::running(tx, new.organization_id, new.course_id).await?;
        let run = known.ok_or_else(|| Error::internal("a reconcile vanished"))?;
        return Ok(Asked { run, is_joined: true });
    }
    enqueue(app, tx, &new, now).await?;
    Ok(Asked { run: new, is_joined: false })
}

/// One reconcile.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: ReconcileRunId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("reconcile"))
}

/// A page of a course's reconciles, newest first.
///
/// # Errors
/// `not_found` (the course).
pub async fn list(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>> {
    let course = course::find(app, organization, course).await?;
    Ok(rows::list(app.store.read(), organization, course.id, query).await?)
}

/// The newest of a course that has ended, for its page.
///
/// # Errors
/// Only the database's.
pub async fn newest(app: &App, organization: OrganizationId, course: CourseId) -> Result<Option<Model>> {
    Ok(rows::newest_ended(app.store.read(), organization, course).await?)
}

/// What it reads or has read.
///
/// # Errors
/// Only ours: stored ones that do not read.
pub fn sources_of(run: &Model) -> Result<Vec<Source>> {
    serde_json::from_value(run.sources.clone()).map_err(Error::internal)
}

/// In what it ended; nothing while it runs.
///
/// # Errors
/// Only ours: a stored one that does not read.
pub fn statement_of(run: &Model) -> Result<Option<Statement>> {
    run.statement.clone().map(serde_json::from_value).transpose().map_err(Error::internal)
}

fn blank(
    app: &App,
    organization: OrganizationId,
    course: CourseId,
    cause: ReconcileCause,
    asked_by: &str,
) -> Model {
    let now = app.clock.now();
    Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        course_id: course,
        cause,
        asked_by: asked_by.to_owned(),
        state: ReconcileState::Reading,
        sources: json!([]),
        leg: 0,
        pass_id: None,
        elsewhere: json!([]),
        statement: None,
        created_at: now,
        updated_at: now,
        ended_at: None,
    }
}

/// Queues the leg that is wanted now.
async fn enqueue(app: &App, tx: &WriteTx, run: &Model, run_at: DateTime<Utc>) -> Result<()> {
    let job = NewJob {
        organization: Some(run.organization_id),
        payload: Payload::Reconcile { run: run.id, leg: run.leg },
        run_at,
        // A leg that is repeated must not begin the next one twice.
        dedup_key: Some(format!("reconcile:{}:{}", run.id, run.leg)),
        max_attempts: app.settings.outbox.attempts(),
    };
    outbox::enqueue(tx, app.clock.now(), &app.dice, job).await?;
    Ok(())
}

/// Ends a run with its statement.
async fn end(app: &App, tx: &WriteTx, run: Model, statement: &Statement) -> Result<()> {
    let now = app.clock.now();
    let took = (now - run.created_at).to_std().unwrap_or_default();
    let outcome = if statement.trouble.is_some() { "broken" } else { "stated" };
    metrics::counter!(crate::telemetry::names::RECONCILES, "outcome" => outcome).increment(1);
    metrics::histogram!(crate::telemetry::names::RECONCILE_SECONDS).record(took.as_secs_f64());
    rows::ended(tx, run.organization_id, run.course_id, now).await?;
    let ended = Model {
        state: ReconcileState::Done,
        leg: run.leg + 1,
        statement: Some(serde_json::to_value(statement).map_err(Error::internal)?),
        updated_at: now,
        ended_at: Some(now),
        ..run
    };
    tracing::info!(
        course.id = %ended.course_id,
        checked = statement.checked,
        awarded = statement.awarded,
        missing = statement.missing,
        unreadable = statement.unreadable,
        "a course is reconciled"
    );
    rows::update(tx, ended).await?;
    Ok(())
}
