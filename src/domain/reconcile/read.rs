//! Reading one source. Passing trouble is tried again a little later, twice; then it is noted, and the next reconcile
//! tries again.

use chrono::{DateTime, Duration, Utc};
use lti::services::Failure;

use super::{Source, SourceKind};
use crate::{
    app::App,
    domain::{
        line_item::{self, results, trigger},
        records::{self, SourceOfCourse, Why},
        roster,
        trouble::Trouble,
    },
    error::{Error, Kind, Result, chain},
    ids::{LineItemId, LinkId},
    store::{entity::reconcile_run::Model, line_item as columns},
};

/// So often passing trouble is met before it is noted.
const TRIES: u32 = 3;
/// Longer than that no reconcile waits for a platform to feel better.
const PATIENCE: Duration = Duration::seconds(45);
/// Somebody else reads the same: so often one looks again.
const LOOKS: u32 = 200;
/// How soon.
const LOOK_AGAIN: Duration = Duration::seconds(3);
/// The pause between two parts of what we do ourselves.
const SOON: Duration = Duration::seconds(1);
/// The code of a failure of ours.
const OURS: &str = "internal";
/// Of what somebody else was at for too long.
const BUSY: &str = "reconcile.busy";
/// Of a record that is gone since it was planned to be read.
const NO_RECORD: &str = "reconcile.no_record";

/// What became of reading a source.
pub(super) enum Went {
    /// It is done, well or not.
    Done,
    /// Try, or look, again after so long.
    Wait(Duration),
}

/// A record of the platform's own that is read for a course.
pub(super) fn of_record(known: &SourceOfCourse) -> Source {
    Source {
        completes: known.completes_activities(),
        ..Source::new(SourceKind::Record, Some(known.source.id.0), known.source.base_url.clone())
    }
}

/// Reads one source, and notes in it what came of that.
pub(super) async fn source(app: &App, run: &Model, source: &mut Source) -> Went {
    source.tries += 1;
    let read = match source.kind {
        SourceKind::Roster | SourceKind::LinkRoster => people(app, run, source).await,
        SourceKind::Column => column(app, run, source).await,
        SourceKind::Record => record(app, run, source).await,
    };
    match read {
        Ok(went) => went,
        Err(Trouble::Busy(wait)) => {
            // To look whether somebody else has done is no try.
            source.tries -= 1;
            source.looks += 1;
            if source.looks < LOOKS { Went::Wait(wait) } else { failed(app, source, BUSY, None) }
        }
        Err(Trouble::Platform(failure)) => refused(app, source, &failure),
        Err(Trouble::Ours(error)) if matches!(error.kind(), Kind::NotFound | Kind::Conflict) => {
            failed(app, source, error.code(), None)
        }
        Err(Trouble::Ours(error)) => {
            tracing::error!(error = chain(&error), "a source cannot be read for a failure of ours");
            // The tries are kept with the run: one source must not keep the others from being read.
            if source.tries < TRIES { Went::Wait(LOOK_AGAIN) } else { failed(app, source, OURS, None) }
        }
    }
}

fn refused(app: &App, source: &mut Source, failure: &Failure) -> Went {
    let draw = u16::from_be_bytes(app.dice.bytes());
    match failure.wait(source.tries, draw) {
        Some(wait) if source.tries < TRIES && wait <= PATIENCE => Went::Wait(wait),
        _ => failed(app, source, failure.refusal.code(), failure.words.as_deref()),
    }
}

fn failed(app: &App, source: &mut Source, code: &str, words: Option<&str>) -> Went {
    source.is_done = true;
    source.is_complete = false;
    source.read_at = Some(app.clock.now());
    source.trouble = Some(code.to_owned());
    source.platform_says = words.map(str::to_owned);
    Went::Done
}

fn noted(source: &mut Source, at: DateTime<Utc>, is_complete: bool, trouble: Option<String>) -> Went {
    source.is_done = true;
    source.read_at = Some(at);
    source.is_complete = is_complete;
    source.trouble = trouble;
    Went::Done
}

/// The roster of the course, or of one link: read here, or by whoever is at it anyway.
async fn people(app: &App, run: &Model, source: &mut Source) -> Result<Went, Trouble> {
    let organization = run.organization_id;
    if source.for_names && !is_anybody_unnamed(app, run).await? {
        return Ok(noted(source, app.clock.now(), true, None));
    }
    let link = source.id.map(LinkId);
    let row = roster::wanted(app, organization, run.course_id, link).await?;
    let said = match roster::read(app, organization, row.id, None, run.created_at).await {
        Ok(said) => said,
        // What was read before a page failed counts, and is stated.
        Err(Trouble::Platform(failure)) => {
            let row = roster::wanted(app, organization, run.course_id, link).await?;
            if let Some(said) = roster::reading_of(&row)? {
                (source.read, source.new) = (said.members, said.new + said.changed);
            }
            return Err(failure.into());
        }
        Err(trouble) => return Err(trouble),
    };
    let said = match said {
        Some(said) => said,
        // Somebody else is at it, or has read it since this was wanted.
        None => {
            let row = roster::wanted(app, organization, run.course_id, link).await?;
            let is_read = row.progress.is_none() && row.read_at.is_some_and(|at| at >= run.created_at);
            match roster::reading_of(&row)?.filter(|_| is_read) {
                Some(said) => said,
                None => return Err(Trouble::Busy(LOOK_AGAIN)),
            }
        }
    };
    (source.read, source.new) = (said.members, said.new + said.changed + said.gone);
    Ok(noted(source, said.at, said.is_complete, said.trouble))
}

/// Whether a record will tell of learners by numbers that we do not know.
async fn is_anybody_unnamed(app: &App, run: &Model) -> Result<bool> {
    for known in records::sources_of_course(app, run.organization_id, run.course_id).await? {
        if records::is_anybody_unnamed(app, &known.source, run.course_id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A watched column.
async fn column(app: &App, run: &Model, source: &mut Source) -> Result<Went, Trouble> {
    let organization = run.organization_id;
    let id = source.id.map(LineItemId).ok_or_else(|| Error::internal("a column without id"))?;
    if source.completes {
        // Where marks are shown of those only whom we told of, the newest are told of first: a part of them at a time.
        let told = trigger::seed(app, organization, id).await?;
        if told as u64 >= trigger::SEEDED_AT_ONCE {
            return Err(Trouble::Busy(SOON));
        }
    }
    let stored = results::read_and(app, organization, id, run.id.0, false).await?;
    (source.read, source.new) = (stored.results, stored.changed);
    let item = columns::find(app.store.read(), organization, id).await?;
    let said = item.and_then(|item| item.reading).map(serde_json::from_value::<results::Statement>);
    let said = said.transpose().map_err(Error::internal)?;
    let said = said.ok_or_else(|| Error::internal("a column was read and says nothing"))?;
    Ok(noted(source, said.at, said.is_complete, said.trouble))
}

/// The platform's own record.
async fn record(app: &App, run: &Model, source: &mut Source) -> Result<Went, Trouble> {
    let said = records::read(app, run.organization_id, run.course_id, run.id.0).await?;
    let Some(said) = said else { return Ok(failed(app, source, NO_RECORD, None)) };
    (source.read, source.new) = (said.read, said.new);
    if let Some(fault) = &said.trouble {
        let wait = fault.wait.unwrap_or(LOOK_AGAIN);
        if fault.why.is_passing() && source.tries < TRIES && wait <= PATIENCE {
            return Ok(Went::Wait(wait));
        }
        source.platform_says.clone_from(&fault.words);
    }
    let trouble = said.trouble.map(|fault| fault.why.code().to_owned());
    Ok(noted(source, said.at, said.is_complete, trouble))
}

/// What a source's trouble means and what can be done, in plain words.
#[must_use]
pub fn explain(kind: SourceKind, code: &str) -> &'static str {
    match (code, kind) {
        (OURS, _) => {
            "Something went wrong on Laurel's side; an operator finds it in the log. The next reconcile tries \
             again."
        }
        (BUSY, _) => "Something else was still reading this. The next reconcile finds what it has read.",
        (NO_RECORD, _) => "The platform's own record is not read for this course any more.",
        (_, SourceKind::Roster | SourceKind::LinkRoster) => roster::explain(code),
        (_, SourceKind::Column) => line_item::explain(code),
        (_, SourceKind::Record) => Why::of_code(code).map_or_else(|| line_item::explain(code), Why::sentence),
    }
}
