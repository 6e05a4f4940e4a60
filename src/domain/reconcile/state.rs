//! The statement: what a reconcile came to, who was rescued, and which channels should have told.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::Duration;
use criteria::{Channel, Evidence, Explanation, Verdict};
use uuid::Uuid;

use super::{Held, RESCUED_NAMED, Rescued, Source, SourceKind, Statement, unread};
use crate::{
    app::App,
    domain::{
        channel_health::{self, Read},
        pass::{self, Tally},
    },
    error::{Error, Result},
    ids::{LearnerId, SignalId},
    store::{
        PageQuery, WriteTx, award as awards, channel_health as channels,
        entity::{
            award,
            channel_health::Model as Health,
            pass::{Model as Pass, PassCause},
            reconcile_run::Model,
        },
        pass as passes, signal as signals,
    },
};

/// A channel that was last heard longer ago is not expected to tell any more.
const EXPECTED: Duration = Duration::days(60);
/// How many learners' signals are read together.
const CHUNK: usize = 64;

/// A channel, and how much it should have told and did not.
pub(super) struct Missed {
    channel: Health,
    count: usize,
}

/// The reconcile's own pass first, and those that its readings began by themselves.
///
/// # Errors
/// Only the database's.
pub(super) async fn passes(app: &App, run: &Model, own: Pass) -> Result<Vec<Pass>> {
    let filter = passes::Filter { course: Some(run.course_id), ..passes::Filter::default() };
    let query = PageQuery { after: None, limit: 50 };
    let page = passes::list(app.store.read(), run.organization_id, filter, query).await?;
    let is_ours = |pass: &Pass| {
        pass.id != own.id
            && pass.created_at >= run.created_at
            && pass.due_at <= app.clock.now()
            && matches!(pass.cause, PassCause::Roster | PassCause::Column)
    };
    let others: Vec<Pass> = page.items.into_iter().filter(is_ours).collect();
    Ok(std::iter::once(own).chain(others).collect())
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
    let (mut made, mut awarded) = (Vec::new(), 0);
    for pass in passes {
        awarded += pass::tallies(pass)?.iter().map(|tally| tally.awarded).sum::<u64>();
        let room = RESCUED_NAMED.saturating_sub(made.len());
        let some = u64::try_from(room).unwrap_or(0);
        made.extend(awards::of_pass(app.store.read(), run.organization_id, pass.id, None, some).await?);
    }
    let own = passes.first();
    let tallies = own.map(pass::tallies).transpose()?.unwrap_or_default();
    let mut rescued = Vec::with_capacity(made.len());
    let mut records = Vec::new();
    for award in &made {
        let evidence = evidence_of(award)?;
        records.extend(evidence.iter().filter(|by| is_record(by)).map(|by| (award.learner_id, by.signal)));
        let channels: BTreeSet<&str> = evidence.iter().map(|by| by.channel.as_str()).collect();
        let by: BTreeSet<&str> =
            evidence.iter().map(|by| by.source.as_str()).filter(|name| !name.is_empty()).collect();
        rescued.push(Rescued {
            award: award.id,
            learner: award.learner_id,
            placement: award.placement_id,
            achievement: award.achievement_id,
            channels: channels.into_iter().map(str::to_owned).collect(),
            sources: by.into_iter().map(str::to_owned).collect(),
        });
    }
    let missed = missed(app, run, &records).await?;
    let held = tallies.iter().filter(|tally| tally.held > 0).map(|tally| Held {
        placement: tally.placement,
        awards: tally.held,
        why: tally.why.map(|why| why.as_str().to_owned()).unwrap_or_default(),
    });
    let statement = Statement {
        // Staff was looked at, too; learners are whoever may be awarded.
        checked: tallies.iter().map(|tally| tally.candidates).max().unwrap_or(0),
        awarded,
        missing: missing(app, run, &tallies).await?,
        unreadable: unread::count(app, run, sources).await?,
        holds: held.collect(),
        rescued,
        silent: missed.iter().map(|missed| missed.channel.label.clone()).collect(),
        trouble: None,
    };
    Ok((statement, missed))
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

/// The event channels of the course that have told such things before and did not tell these.
async fn missed(app: &App, run: &Model, records: &[(LearnerId, Uuid)]) -> Result<Vec<Missed>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    // What was heard a moment ago counts, too.
    channel_health::sweep(app).await?;
    let (db, organization, now) = (app.store.read(), run.organization_id, app.clock.now());
    let mut expected = channels::of_course(db, organization, run.course_id).await?;
    expected.retain(|row| row.channel == Channel::Event.as_str() && now - row.last_heard_at < EXPECTED);
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    let mut missed: HashMap<usize, usize> = HashMap::new();
    // Each once: who has several awards is not to be counted with two chunks.
    let learners: BTreeSet<LearnerId> = records.iter().map(|(learner, _)| *learner).collect();
    let learners: Vec<LearnerId> = learners.into_iter().collect();
    for learners in learners.chunks(CHUNK) {
        let known = signals::of_learners(db, organization, learners.iter().copied()).await?;
        for (learner, signal) in records.iter().filter(|(learner, _)| learners.contains(learner)) {
            let Some(read) = known.iter().find(|row| row.id == SignalId(*signal)) else { continue };
            for (at, channel) in expected.iter().enumerate() {
                let told = known.iter().any(|row| {
                    row.learner_id == *learner
                        && row.source == channel.source
                        && row.kind == read.kind
                        && row.course_id == Some(run.course_id)
                });
                if !told && channel_health::tells(channel, &read.kind) {
                    *missed.entry(at).or_default() += 1;
                }
            }
        }
    }
    let channels = expected.into_iter().enumerate();
    Ok(channels.filter_map(|(at, channel)| Some(Missed { channel, count: *missed.get(&at)? })).collect())
}

/// Raises the alarms.
///
/// # Errors
/// Only the database's.
pub(super) async fn raise(app: &App, tx: &WriteTx, missed: Vec<Missed>) -> Result<()> {
    for Missed { channel, count } in missed {
        channel_health::note_missed(app, tx, &channel, count).await?;
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
