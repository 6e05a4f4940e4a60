//! Reading a watched column: what its gradebook holds becomes readings of the learners we know
//! (lti-1.3-tool §17.5, design §5).
//!
//! Exact decimals. No score is "missing", never zero; somebody who is not in the answer is not touched;
//! what a partial reading lacks says nothing. A value that is read again unchanged keeps its time. Whose
//! reading changed is evaluated by jobs, where nobody inactive, teaching or testing is awarded.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use criteria::{Channel, Kind, ScoreState, Strength, Subject};
use lti::services::{
    Failure, Next,
    ags::{self, Results},
    scope,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{forget, grades, settle};
use crate::{
    app::App,
    domain::{
        pass::{self, Whom},
        trouble::Trouble,
    },
    error::{Error, Result},
    ids::{LearnerId, LineItemId, OrganizationId},
    outbox::{self, NewJob, Payload},
    platform_client::{failed, fetch},
    store::{
        entity::{
            learner,
            line_item::{LineItemPurpose, Model},
            pass::PassCause,
            signal,
        },
        learner as learners, line_item as rows, signal as signals,
    },
};

/// How many learners one transaction takes.
const CHUNK: usize = 64;

/// What a column holds.
#[derive(Clone, Debug)]
pub struct Reading {
    /// By the platform's name of the learner; of several the last.
    pub entries: HashMap<String, Entry>,
    /// Whether every page was read, and everything on them.
    pub is_complete: bool,
    /// Why not.
    pub trouble: Option<Failure>,
}

/// One learner's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Points; none is no result.
    pub score: Option<Decimal>,
    /// The most there was to reach.
    pub maximum: Decimal,
}

/// Reads a column's results, page by page. What was read before a page failed is a partial reading.
///
/// # Errors
/// The first page could not be read; the column is forgotten when it is gone.
pub async fn results(app: &App, item: &Model, url: &str) -> Result<Reading, Trouble> {
    let grades = grades(app, item).await?;
    ags::require(&grades.ags, scope::RESULT_READONLY)?;
    let mut walk = Results::new(url, None, None, grades.peer.quirks())?;
    let mut reading = Reading { entries: HashMap::new(), is_complete: false, trouble: None };
    let mut is_first = true;
    while let Some(request) = walk.request() {
        let page = match fetch(app, &grades.peer, &request).await {
            Ok(fetched) => match walk.heard(&fetched.answer(), app.clock.now()) {
                Ok(page) => {
                    for entry in page.entries {
                        let result = Entry { score: entry.score, maximum: entry.maximum };
                        reading.entries.insert(entry.user_id.into_owned(), result);
                    }
                    Ok(())
                }
                Err(failure) => {
                    failed(app, &grades.peer, request.scope, &failure);
                    Err(failure.again())
                }
            },
            Err(failure) => Err(failure),
        };
        match page {
            Ok(()) => is_first = false,
            Err(failure) if is_first => {
                if failure.next == Next::Rediscover {
                    forget(app, item).await?;
                }
                return Err(failure.into());
            }
            Err(failure) => {
                reading.trouble = Some(failure);
                return Ok(reading);
            }
        }
    }
    reading.is_complete = walk.is_complete();
    reading.trouble = walk.trouble().cloned();
    Ok(reading)
}

/// A reading as it is kept with its column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When.
    pub at: DateTime<Utc>,
    /// Results in the platform's answer.
    pub results: u64,
    /// Of people whom we do not know.
    pub unknown: u64,
    /// That said something new.
    pub changed: u64,
    /// Whether everything was read.
    pub is_complete: bool,
    /// The code of why not.
    pub trouble: Option<String>,
}

/// What a reading came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Results in the answer.
    pub results: u64,
    /// Of people whom we do not know, and ignore (A27).
    pub unknown: u64,
    /// That said something new.
    pub changed: u64,
}

/// Reads a column and stores what it says; those whose reading changed are evaluated.
///
/// # Errors
/// Why nothing could be read; or, when a partial reading may be completed later, that.
pub async fn read(
    app: &App,
    organization: OrganizationId,
    id: LineItemId,
    run: Uuid,
) -> Result<Stored, Trouble> {
    read_and(app, organization, id, run, true).await
}

/// As [`read`]; without `follows` nobody is evaluated, because somebody evaluates everybody anyway.
///
/// # Errors
/// As [`read`].
pub async fn read_and(
    app: &App,
    organization: OrganizationId,
    id: LineItemId,
    run: Uuid,
    follows: bool,
) -> Result<Stored, Trouble> {
    let found = rows::find(app.store.read(), organization, id).await?;
    let item = found.ok_or_else(|| Error::not_found("column"))?;
    if item.purpose != LineItemPurpose::Watched {
        return Err(Error::conflict("line_item.not_watched", "Only watched columns are read.").into());
    }
    let (item, url) = match settle::ready(app, item.clone()).await {
        Ok(ready) => (ready.item, ready.url),
        Err(trouble) => return Err(noted(app, &item, trouble).await),
    };
    let reading = match results(app, &item, &url).await {
        Ok(reading) => reading,
        Err(trouble) => return Err(noted(app, &item, trouble).await),
    };
    let at = app.clock.now();
    let stored = store(app, &item, &reading, run, at, follows).await?;
    let statement = Statement {
        at,
        results: stored.results,
        unknown: stored.unknown,
        changed: stored.changed,
        is_complete: reading.is_complete,
        trouble: reading.trouble.as_ref().map(|failure| failure.refusal.code().to_owned()),
    };
    state(app, &item, &statement, reading.trouble.as_ref()).await?;
    tracing::info!(
        column.id = %item.id,
        results = stored.results,
        changed = stored.changed,
        complete = reading.is_complete,
        "a column is read"
    );
    match reading.trouble {
        Some(failure) if matches!(failure.next, Next::Later(_)) => Err(failure.into()),
        _ => Ok(stored),
    }
}

/// A reading that did not come about is stated, too.
async fn noted(app: &App, item: &Model, trouble: Trouble) -> Trouble {
    let Trouble::Platform(failure) = &trouble else { return trouble };
    let statement = Statement {
        at: app.clock.now(),
        results: 0,
        unknown: 0,
        changed: 0,
        is_complete: false,
        trouble: Some(failure.refusal.code().to_owned()),
    };
    match state(app, item, &statement, Some(failure)).await {
        Ok(()) => trouble,
        Err(error) => error.into(),
    }
}

async fn state(app: &App, item: &Model, statement: &Statement, failure: Option<&Failure>) -> Result<()> {
    let tx = app.store.write().await?;
    let Some(mut row) = rows::lock(&tx, item.organization_id, item.id).await? else { return Ok(()) };
    row.reading = Some(serde_json::to_value(statement).map_err(Error::internal)?);
    match failure {
        Some(failure) => {
            row.trouble = Some(failure.refusal.code().to_owned());
            row.trouble_words.clone_from(&failure.words);
        }
        None => {
            row.last_seen_at = Some(app.clock.now());
            row.trouble = None;
            row.trouble_words = None;
        }
    }
    rows::update(&tx, row).await?;
    tx.commit().await
}

async fn store(
    app: &App,
    item: &Model,
    reading: &Reading,
    run: Uuid,
    at: DateTime<Utc>,
    follows: bool,
) -> Result<Stored, Trouble> {
    let issuer_url = grades(app, item).await?.peer.platform.row.issuer_url.clone();
    let mut subs: Vec<&str> = reading.entries.keys().map(String::as_str).collect();
    subs.sort_unstable();
    let mut stored = Stored { results: count(subs.len()), ..Stored::default() };
    for subs in subs.chunks(CHUNK) {
        let known = learners::of_subs(app.store.read(), item.organization_id, &issuer_url, subs).await?;
        stored.unknown += count(subs.len() - known.len());
        let known: Vec<&learner::Model> = known.iter().filter(|learner| !learner.is_test).collect();
        stored.changed += store_chunk(app, item, reading, &known, run, at, follows).await?;
    }
    Ok(stored)
}

/// One transaction: what is new of these learners, and the jobs that evaluate them.
async fn store_chunk(
    app: &App,
    item: &Model,
    reading: &Reading,
    known: &[&learner::Model],
    run: Uuid,
    at: DateTime<Utc>,
    follows: bool,
) -> Result<u64> {
    let organization = item.organization_id;
    let source = format!("column:{}", item.id);
    let tx = app.store.write().await?;
    let ids: Vec<LearnerId> = known.iter().map(|learner| learner.id).collect();
    learners::lock_many(&tx, organization, ids.iter().copied()).await?;
    let names = ids.iter().map(LearnerId::to_string);
    let before: HashMap<LearnerId, Value> = signals::of_names(&tx, organization, &source, names)
        .await?
        .into_iter()
        .map(|row| (row.learner_id, row.value))
        .collect();
    let mut changed = Vec::new();
    for learner in known {
        let Some(entry) = reading.entries.get(&learner.sub) else { continue };
        let value = value_of(item, entry)?;
        if before.get(&learner.id) == Some(&value) {
            continue;
        }
        if entry.score.is_none() && !before.contains_key(&learner.id) {
            // Nothing was ever said and nothing is said now.
            continue;
        }
        changed.push(signal::Model {
            id: app.dice.row_id(at),
            organization_id: organization,
            form: signal::SignalForm::Reading,
            source: source.clone(),
            source_id: learner.id.to_string(),
            channel: Channel::Column.as_str().to_owned(),
            strength: i16::from(Strength::Medium),
            learner_id: learner.id,
            course_id: Some(item.course_id),
            link_id: item.link_id,
            kind: "score".to_owned(),
            subject: subject_of(item).to_string(),
            value,
            previous: None,
            run_id: Some(run),
            happened_at: at,
            heard_at: at,
        });
    }
    if changed.is_empty() {
        return Ok(0);
    }
    let recorded = signals::record(&tx, changed).await?;
    if !follows {
        tx.commit().await?;
        return Ok(count(recorded.len()));
    }
    if reading.entries.len() as u64 > pass::FEW {
        // News of many at once are weighed together.
        pass::begin(app, &tx, organization, Whom::course(item.course_id), PassCause::Column).await?;
        tx.commit().await?;
        return Ok(count(recorded.len()));
    }
    let jobs = recorded.iter().map(|row| NewJob {
        organization: Some(organization),
        payload: Payload::EvaluateLearner { organization, learner: row.learner_id },
        run_at: at,
        dedup_key: Some(format!("column:{}:{run}:{}:{}", item.id, row.learner_id, at.timestamp_micros())),
        max_attempts: app.settings.outbox.attempts(),
    });
    outbox::enqueue_many(&tx, at, &app.dice, jobs.collect()).await?;
    tx.commit().await?;
    Ok(count(recorded.len()))
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// What a rule's `score` calls the column.
fn subject_of(item: &Model) -> Subject {
    Subject::Activity(item.resource_id.clone())
}

fn value_of(item: &Model, entry: &Entry) -> Result<Value> {
    let said = Kind::Score {
        subject: subject_of(item),
        given: entry.score.map(|score| score.normalize()),
        maximum: Some(entry.maximum.normalize()),
        state: if entry.score.is_some() { ScoreState::Graded } else { ScoreState::Missing },
    };
    Ok(json!({ "said": serde_json::to_value(&said).map_err(Error::internal)?, "by": item.label }))
}
