//! The statement: what a reconcile came to, who was rescued, and which channels should have told.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::Duration;
use criteria::{Channel, Evidence, Explanation, Verdict};

use super::{Held, RESCUED_NAMED, Rescued, Source, SourceKind, Statement, unread};
use crate::{
    app::App,
    domain::{
        channel_health::{self, Read},
        pass::{self, Tally},
    },
    error::{Error, Result},
    ids::{AwardId, LearnerId, PassId, SignalId},
    store::{
        PageQuery, WriteTx, award as awards,
        entity::{
            award,
            channel_health::Model as Health,
            pass::{Model as Pass, PassCause},
            reconcile_run::Model,
            signal,
        },
        pass as passes, signal as signals,
    },
};

/// A channel that was last heard longer ago is not expected to tell any more.
const EXPECTED: Duration = Duration::days(60);
/// How many awards are read together.
const CHUNK: u64 = 128;

/// A channel, and how much it should have told and did not.
pub(super) struct Missed {
    channel: Health,
    count: usize,
}

/// The reconcile's own pass first, then those of placements elsewhere that name the course, and those that its readings
/// began by themselves.
///
/// # Errors
/// Only the database's.
pub(super) async fn passes(app: &App, run: &Model, own: Pass) -> Result<Vec<Pass>> {
    let elsewhere = passes::of_ids(app.store.read(), run.organization_id, elsewhere_of(run)?).await?;
    let filter = passes::Filter { course: Some(run.course_id), ..passes::Filter::default() };
    let is_ours = |pass: &Pass| {
        pass.id != own.id
            && pass.created_at >= run.created_at
            && pass.due_at <= app.clock.now()
            && matches!(pass.cause, PassCause::Roster | PassCause::Column)
    };
    let mut all: Vec<Pass> = std::iter::once(own.clone()).chain(elsewhere).collect();
    let mut query = PageQuery { after: None, limit: 50 };
    loop {
        let page = passes::list(app.store.read(), run.organization_id, filter, query).await?;
        // Newest first: what began before the run is none of its.
        let is_older = page.items.last().is_none_or(|pass| pass.created_at < run.created_at);
        all.extend(page.items.into_iter().filter(is_ours));
        query.after = page.next;
        if is_older || query.after.is_none() {
            return Ok(all);
        }
    }
}

/// The passes of placements elsewhere.
fn elsewhere_of(run: &Model) -> Result<Vec<PassId>> {
    serde_json::from_value(run.elsewhere.clone()).map_err(Error::internal)
}

/// States what a reconcile came to: by its own pass, the first, and by those that its readings began.
///
/// # Errors
/// Only ours.
pub(super) async fn statement(
    app: &App,
    run: &Model,
    passes: &[Pass],
    sources: &[Source],
) -> Result<(Statement, Vec<Missed>)> {
    let mut awarded = 0;
    for pass in passes {
        awarded += pass::tallies(pass)?.iter().map(|tally| tally.awarded).sum::<u64>();
    }
    let (rescued, missed) = rescued(app, run, passes).await?;
    let own = passes.first();
    let tallies = own.map(pass::tallies).transpose()?.unwrap_or_default();
    let others = elsewhere_of(run)?;
    let mut all = tallies.clone();
    for pass in passes.iter().filter(|pass| others.contains(&pass.id)) {
        all.extend(pass::tallies(pass)?);
    }
    let held = all.iter().filter(|tally| tally.held > 0).map(|tally| Held {
        placement: tally.placement,
        awards: tally.held,
        why: tally.why.map(|why| why.as_str().to_owned()).unwrap_or_default(),
    });
    let statement = Statement {
        // Staff was looked at, too; learners are whoever may be awarded.
        checked: all.iter().map(|tally| tally.candidates).max().unwrap_or(0),
        awarded,
        missing: missing(app, run, &all).await?,
        unreadable: unread::count(app, run, sources).await?,
        holds: held.collect(),
        rescued,
        silent: missed.iter().map(|missed| missed.channel.label.clone()).collect(),
        trouble: None,
    };
    Ok((statement, missed))
}

/// Who was rescued, as many as are named; and what the event channels missed of all of them, read a chunk at a time.
async fn rescued(app: &App, run: &Model, passes: &[Pass]) -> Result<(Vec<Rescued>, Vec<Missed>)> {
    let mut named = Vec::new();
    let mut expected = Expected::of(app, run).await?;
    for pass in passes {
        let mut after: Option<AwardId> = None;
        while named.len() < RESCUED_NAMED || !expected.channels.is_empty() {
            let db = app.store.read();
            let made = awards::of_pass(db, run.organization_id, pass.id, after, CHUNK).await?;
            let Some(last) = made.last() else { break };
            after = Some(last.id);
            let mut records = Vec::new();
            for award in &made {
                let evidence = evidence_of(award)?;
                let told = evidence.iter().filter(|by| is_record(by));
                records.extend(told.map(|by| (award.learner_id, SignalId(by.signal))));
                if named.len() < RESCUED_NAMED {
                    named.push(rescue(award, &evidence));
                }
            }
            expected.compare(app, run, &records).await?;
            if (made.len() as u64) < CHUNK {
                break;
            }
        }
    }
    Ok((named, expected.missed()))
}

fn rescue(award: &award::Model, evidence: &[Evidence]) -> Rescued {
    let channels: BTreeSet<&str> = evidence.iter().map(|by| by.channel.as_str()).collect();
    let by: BTreeSet<&str> =
        evidence.iter().map(|by| by.source.as_str()).filter(|name| !name.is_empty()).collect();
    Rescued {
        award: award.id,
        learner: award.learner_id,
        placement: award.placement_id,
        achievement: award.achievement_id,
        channels: channels.into_iter().map(str::to_owned).collect(),
        sources: by.into_iter().map(str::to_owned).collect(),
    }
}

/// Awards that are due and not there: where the pass gave fewer than it had counted, one looks again, for somebody may
/// have been awarded by an event meanwhile.
async fn missing(app: &App, run: &Model, tallies: &[Tally]) -> Result<u64> {
    let is_short =
        |tally: &&Tally| !tally.is_dropped && tally.held == 0 && tally.weak + tally.strong > tally.awarded;
    let short: HashSet<_> = tallies.iter().filter(is_short).map(|tally| tally.placement).collect();
    if short.is_empty() {
        return Ok(0);
    }
    unread::still_due(app, run, &short).await
}

/// Everything that met an award's rule.
fn evidence_of(award: &award::Model) -> Result<Vec<Evidence>> {
    fn gather(explanation: Explanation, all: &mut Vec<Evidence>) {
        all.extend(explanation.met_by);
        all.extend(explanation.with);
        for child in explanation.of {
            gather(child, all);
        }
    }
    let verdict: Verdict = serde_json::from_value(award.verdict.clone()).map_err(Error::internal)?;
    let mut all = Vec::new();
    gather(verdict.explanation, &mut all);
    Ok(all)
}

fn is_record(evidence: &Evidence) -> bool {
    matches!(evidence.channel, Channel::Record | Channel::Gradebook)
}

/// The event channels of a course, and how much each did not tell of what it has told before: the same kind of thing
/// about the same subject.
struct Expected {
    channels: Vec<Health>,
    /// Of each, the learners and signals it should have told: each once, however many awards rest on it.
    untold: Vec<HashSet<(LearnerId, SignalId)>>,
}

impl Expected {
    async fn of(app: &App, run: &Model) -> Result<Self> {
        let mut channels = channel_health::speakers(app, run.organization_id, run.course_id).await?;
        let now = app.clock.now();
        channels.retain(|row| now - row.last_heard_at < EXPECTED);
        let untold = vec![HashSet::new(); channels.len()];
        Ok(Self { channels, untold })
    }

    /// Compares what only a record told of some learners.
    async fn compare(&mut self, app: &App, run: &Model, records: &[(LearnerId, SignalId)]) -> Result<()> {
        if self.channels.is_empty() || records.is_empty() {
            return Ok(());
        }
        let learners: BTreeSet<LearnerId> = records.iter().map(|(learner, _)| *learner).collect();
        let known = signals::of_learners(app.store.read(), run.organization_id, learners).await?;
        let mut by_learner: HashMap<LearnerId, Vec<&signal::Model>> = HashMap::new();
        for row in &known {
            by_learner.entry(row.learner_id).or_default().push(row);
        }
        for (learner, signal) in records {
            let told = by_learner.get(learner).map_or(&[][..], Vec::as_slice);
            let Some(read) = told.iter().find(|row| row.id == *signal) else { continue };
            for (channel, untold) in self.channels.iter().zip(&mut self.untold) {
                let is_told = told.iter().any(|row| {
                    row.source == channel.source
                        && row.kind == read.kind
                        && row.subject == read.subject
                        && row.course_id == Some(run.course_id)
                });
                if !is_told && channel_health::tells(channel, &read.kind, &read.subject) {
                    untold.insert((*learner, *signal));
                }
            }
        }
        Ok(())
    }

    fn missed(self) -> Vec<Missed> {
        let all = self.channels.into_iter().zip(self.untold);
        let missed = all.map(|(channel, untold)| Missed { channel, count: untold.len() });
        missed.filter(|missed| missed.count > 0).collect()
    }
}

/// Raises the alarms.
///
/// # Errors
/// Only the database's.
pub(super) async fn raise(app: &App, tx: &WriteTx, missed: Vec<Missed>) -> Result<()> {
    for Missed { channel, count } in missed {
        channel_health::note_missed(app, tx, channel, count).await?;
    }
    Ok(())
}

/// Notes how reading went with the health of the course's channels.
///
/// # Errors
/// Only the database's.
pub(super) async fn note_read(app: &App, tx: &WriteTx, run: &Model, sources: &[Source]) -> Result<()> {
    let names: Vec<String> = sources.iter().map(name_of).collect();
    let read = sources.iter().zip(&names).map(|(source, name)| Read {
        course: run.course_id,
        channel: match source.kind {
            SourceKind::Roster | SourceKind::LinkRoster => "roster",
            SourceKind::Column => "column",
            SourceKind::Record => "record",
        },
        source: name,
        label: &source.name,
        trouble: source.trouble.as_deref().filter(|_| !source.is_complete),
    });
    channel_health::note_read(app, tx, run.organization_id, &read.collect::<Vec<_>>()).await
}

fn name_of(source: &Source) -> String {
    match source.id {
        Some(id) => format!("{}:{id}", source.kind.as_str()),
        None => source.kind.as_str().to_owned(),
    }
}
