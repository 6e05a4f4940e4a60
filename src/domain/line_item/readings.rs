//! What a reading of a column says becomes readings of the learners we know (lti-1.3-tool §17.5, design §5).
//!
//! Exact decimals. No score is "missing", never zero; somebody who is not in the answer is not touched; what a partial
//! reading lacks says nothing. A value that is read again unchanged keeps its time, and when it was last read is kept:
//! when it changes, it changed after that. Whose reading changed is evaluated by jobs, many by one pass, where nobody
//! inactive, teaching or testing is awarded. Full marks in a trigger column also complete it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use criteria::{Channel, Kind, ScoreState, Strength, Subject};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    grades,
    results::{Entry, Reading, Statement},
};
use crate::{
    app::App,
    domain::{
        elsewhere,
        pass::{self, Whom},
        trouble::Trouble,
    },
    error::{Error, Result},
    ids::LearnerId,
    outbox::{self, NewJob, Payload},
    store::{
        entity::{
            learner,
            line_item::{LineItemPurpose, Model},
            pass::PassCause,
            signal,
        },
        learner as learners, signal as signals,
    },
};

/// How many learners one transaction takes.
const CHUNK: usize = 64;

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

/// What was read, of which column, and how.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The column.
    pub item: &'a Model,
    /// What it holds.
    pub reading: &'a Reading,
    /// Whether learners may see it; of what they may not, no number is kept.
    pub is_released: bool,
    /// Names this reading.
    pub run: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether those of whom something is new are evaluated; else somebody evaluates everybody anyway.
    pub follows: bool,
}

/// Keeps what a column says of the learners we know.
///
/// # Errors
/// Only ours.
pub async fn store(app: &App, told: &Told<'_>) -> Result<Stored, Trouble> {
    let issuer_url = grades(app, told.item).await?.peer.platform.row.issuer_url.clone();
    let mut subs: Vec<&str> = told.reading.entries.keys().map(String::as_str).collect();
    subs.sort_unstable();
    let mut stored = Stored { results: count(subs.len()), ..Stored::default() };
    for subs in subs.chunks(CHUNK) {
        let known = learners::of_subs(app.store.read(), told.item.organization_id, &issuer_url, subs).await?;
        stored.unknown += count(subs.len() - known.len());
        let known: Vec<&learner::Model> = known.iter().filter(|learner| !learner.is_test).collect();
        stored.changed += store_chunk(app, told, &known).await?;
    }
    Ok(stored)
}

/// One transaction: what is new of these learners, that the rest is as it was, and the jobs that evaluate those of
/// whom something is new. How many these are.
async fn store_chunk(app: &App, told: &Told<'_>, known: &[&learner::Model]) -> Result<u64> {
    let (organization, at, run) = (told.item.organization_id, told.at, told.run);
    let source = source_of(told.item);
    let tx = app.store.write().await?;
    learners::lock_many(&tx, organization, known.iter().map(|learner| learner.id)).await?;
    let mut wanted = Vec::new();
    for learner in known {
        let Some(entry) = told.reading.entries.get(&learner.sub) else { continue };
        wanted.extend(told.registers(learner, entry)?);
    }
    let names = wanted.iter().map(|register| register.name.clone());
    let before: HashMap<String, Value> = signals::of_names(&tx, organization, &source, names)
        .await?
        .into_iter()
        .map(|row| (row.source_id, row.value))
        .collect();
    let (mut changed, mut same) = (Vec::new(), Vec::new());
    for register in wanted {
        match before.get(&register.name) {
            Some(value) if *value == register.value => same.push(register.name),
            // Nothing was ever said and nothing is said now.
            None if register.is_nothing => {}
            _ => changed.push(told.row(app, &source, register)),
        }
    }
    if same.is_empty() && changed.is_empty() {
        return Ok(0);
    }
    if !same.is_empty() {
        signals::confirm(&tx, organization, &source, same, (run, at)).await?;
    }
    let recorded = match changed.is_empty() {
        true => Vec::new(),
        false => signals::record(&tx, changed).await?,
    };
    let people: BTreeSet<LearnerId> = recorded.iter().map(|row| row.learner_id).collect();
    if !told.follows {
        tx.commit().await?;
        return Ok(count(people.len()));
    }
    if told.reading.entries.len() as u64 > pass::FEW && !recorded.is_empty() {
        // News of many at once are weighed together.
        let course = told.item.course_id;
        pass::begin(app, &tx, organization, Whom::course(course), PassCause::Column).await?;
        elsewhere::begin_passes(app, &tx, organization, course, PassCause::Column).await?;
        tx.commit().await?;
        return Ok(count(people.len()));
    }
    let jobs: Vec<NewJob> = people
        .iter()
        .map(|learner| NewJob {
            organization: Some(organization),
            payload: Payload::EvaluateLearner { organization, learner: *learner },
            run_at: at,
            dedup_key: Some(format!("column:{}:{run}:{learner}:{}", told.item.id, at.timestamp_micros())),
            max_attempts: app.settings.outbox.attempts(),
        })
        .collect();
    if !jobs.is_empty() {
        outbox::enqueue_many(&tx, at, &app.dice, jobs).await?;
    }
    tx.commit().await?;
    Ok(count(people.len()))
}

/// What one register should say.
struct Register {
    learner: LearnerId,
    name: String,
    kind: &'static str,
    value: Value,
    /// It says that there is nothing.
    is_nothing: bool,
    not_before: DateTime<Utc>,
}

impl Told<'_> {
    /// What the registers of a learner should say.
    fn registers(&self, learner: &learner::Model, entry: &Entry) -> Result<Vec<Register>> {
        let not_before = self.not_before(learner);
        let register = |name: String, kind: &Kind, value: Value, is_nothing: bool| Register {
            learner: learner.id,
            name,
            kind: kind.name(),
            value,
            is_nothing,
            not_before,
        };
        let score = self.score(entry);
        let said = serde_json::to_value(&score).map_err(Error::internal)?;
        let value = json!({ "said": said, "by": self.item.label });
        let mut registers = vec![register(learner.id.to_string(), &score, value, entry.score.is_none())];
        if self.item.purpose == LineItemPurpose::Trigger {
            let done = entry.score.is_some_and(|score| score >= entry.maximum);
            let completed = Kind::Completed { subject: subject_of(self.item) };
            let said = serde_json::to_value(&completed).map_err(Error::internal)?;
            let value = json!({ "said": said, "by": self.item.label, "done": done });
            registers.push(register(format!("{}:completed", learner.id), &completed, value, !done));
        }
        Ok(registers)
    }

    fn score(&self, entry: &Entry) -> Kind {
        let state = match entry.score {
            None => ScoreState::Missing,
            Some(_) if !self.is_released => ScoreState::Unreleased,
            Some(_) => ScoreState::Graded,
        };
        Kind::Score {
            subject: subject_of(self.item),
            given: entry.score.filter(|_| self.is_released).map(|score| score.normalize()),
            maximum: Some(entry.maximum.normalize()),
            state,
        }
    }

    /// Before what moment a register that nobody read before cannot have said this: our own column was not there yet,
    /// or a complete reading had nothing of somebody we knew.
    fn not_before(&self, learner: &learner::Model) -> DateTime<Utc> {
        let made = self.item.made_by_us.then_some(self.item.created_at);
        let last = self.item.reading.clone().and_then(|last| serde_json::from_value::<Statement>(last).ok());
        let read = last.filter(|last| last.is_complete && learner.created_at <= last.at).map(|last| last.at);
        made.max(read).unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn row(&self, app: &App, source: &str, register: Register) -> signal::Model {
        let (channel, strength) = match self.item.purpose {
            // The platform's own grade, which the tool cannot have written.
            LineItemPurpose::Gradebook => (Channel::Gradebook, Strength::Strong),
            _ => (Channel::Column, Strength::Medium),
        };
        signal::Model {
            id: app.dice.row_id(self.at),
            organization_id: self.item.organization_id,
            form: signal::SignalForm::Reading,
            source: source.to_owned(),
            source_id: register.name,
            channel: channel.as_str().to_owned(),
            strength: i16::from(strength),
            learner_id: register.learner,
            course_id: Some(self.item.course_id),
            link_id: self.item.link_id,
            kind: register.kind.to_owned(),
            subject: subject_of(self.item).to_string(),
            value: register.value,
            previous: None,
            run_id: Some(self.run),
            seen_at: None,
            not_before: Some(register.not_before),
            happened_at: self.at,
            heard_at: self.at,
        }
    }
}

fn source_of(item: &Model) -> String {
    format!("column:{}", item.id)
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// What a rule calls the column.
fn subject_of(item: &Model) -> Subject {
    Subject::Activity(item.resource_id.clone())
}
