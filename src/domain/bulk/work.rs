//! Working on the rows of a bulk: 64 in one transaction with their outcomes, some of those per job. Whatever happens,
//! a row has its outcome exactly if its award is there.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    end, enqueue,
    given::{Asked, Given, What},
    receive::explained,
};
use crate::{
    app::{App, Prepared},
    domain::{
        access::{Actor, Caller},
        award::{
            grant::{Batch, Decision, GrantedMany, grant_batch},
            manual,
            occasion::Occasion,
            reissue,
        },
        issuing, learner, reevaluation, status_index,
        terms::Block,
    },
    error::{Error, Kind, Result},
    ids::{AwardId, BulkId, IssuerId, LearnerId, OrganizationId},
    store::{
        WriteTx, achievement as achievements, award as awards, bulk as rows,
        entity::{
            award::{self, AwardState},
            bulk::{self, BulkState},
            bulk_row::{self, BulkRowState},
            learner as learner_entity,
        },
        pass as passes, placement as placements,
    },
};

/// How many rows one transaction works on (design §7).
pub const CHUNK: usize = 64;
/// How many transactions one job makes.
const CHUNKS: usize = 16;

/// Works on the next rows of a bulk after a number; what is left is queued.
///
/// # Errors
/// Only ours; it can be run again.
pub async fn run(app: &App, organization: OrganizationId, id: BulkId, run: i32, after: i32) -> Result<()> {
    let mut work = Work { app, organization, id, run, issuers: HashMap::new() };
    let mut after = after;
    for chunk in 1..=CHUNKS {
        match work.chunk(after, chunk == CHUNKS).await? {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
    Ok(())
}

struct Work<'a> {
    app: &'a App,
    organization: OrganizationId,
    id: BulkId,
    run: i32,
    /// The issuers met so far, and how many status indexes are to be at hand for each.
    issuers: HashMap<IssuerId, usize>,
}

/// A row that asks for something possible.
struct Case {
    at: usize,
    asked: Asked,
    awarded_at: DateTime<Utc>,
    occasion: Occasion,
    prepared: Arc<Prepared>,
    learner: learner_entity::Model,
}

impl Work<'_> {
    /// Works on one chunk; the number of its last row, or `None` when nothing is left to do here.
    async fn chunk(&mut self, after: i32, is_last: bool) -> Result<Option<i32>> {
        loop {
            for (issuer, count) in &self.issuers {
                status_index::reserve(self.app, self.organization, *issuer, *count).await?;
            }
            let tx = self.app.store.write().await?;
            let Some(mut bulk) = rows::lock(&tx, self.organization, self.id).await? else { return Ok(None) };
            if bulk.state != BulkState::Running || bulk.run != self.run {
                return Ok(None);
            }
            let limit = CHUNK as u64;
            let states = [BulkRowState::Waiting];
            let found = rows::next_rows(&tx, self.organization, self.id, &states, after, limit).await?;
            let last = found.last().map(|row| row.number);
            let is_end = found.len() < CHUNK;
            let Some(done) = self.decide(&tx, &bulk, found).await? else { continue };
            rows::update_rows(&tx, done).await?;
            if is_end {
                end(self.app, &tx, &mut bulk, BulkState::Done).await?;
            } else if let (Some(last), true) = (last, is_last) {
                enqueue(self.app, &tx, &bulk, last).await?;
            }
            tx.commit().await?;
            self.issuers.values_mut().for_each(|count| *count = CHUNK);
            return Ok(if is_end { None } else { last });
        }
    }

    /// The rows with their outcomes; `None` when too few status indexes were at hand.
    async fn decide(
        &mut self,
        tx: &WriteTx,
        bulk: &bulk::Model,
        mut found: Vec<bulk_row::Model>,
    ) -> Result<Option<Vec<bulk_row::Model>>> {
        let (app, now) = (self.app, self.app.clock.now());
        let caller = Caller::new(self.organization, Actor::Laurel("bulk"));
        let mut cases = Vec::with_capacity(found.len());
        for (at, row) in found.iter_mut().enumerate() {
            row.updated_at = now;
            match self.case(tx, &caller, at, row).await {
                Ok(case) => {
                    row.learner_id = Some(case.learner.id);
                    cases.push(case);
                }
                Err(error) => refuse(row, error)?,
            }
        }
        for case in &cases {
            self.issuers.entry(case.prepared.issuer.id).or_insert(CHUNK);
        }
        // Of rows about the same learner the last knows most: it may have brought their address.
        let learners: BTreeMap<LearnerId, learner_entity::Model> =
            cases.iter().map(|case| (case.learner.id, case.learner.clone())).collect();
        for case in &mut cases {
            if let Some(learner) = learners.get(&case.learner.id) {
                case.learner.clone_from(learner);
            }
        }
        let mut held: HashMap<LearnerId, Vec<award::Model>> = HashMap::new();
        for row in awards::of_learners(tx, self.organization, learners.keys().copied()).await? {
            held.entry(row.learner_id).or_default().push(row);
        }
        for learner in learners.values() {
            let existing = held.get(&learner.id).map_or(&[][..], Vec::as_slice);
            // The list may bring the address that earlier awards wait for.
            if existing.iter().any(|award| award.state == AwardState::WaitingForAddress)
                && reissue::address_arrived(app, tx, &caller, learner, existing).await?
                    == reissue::Arrived::NeedsIndex
            {
                for award in held.values().flatten() {
                    if award.state == AwardState::WaitingForAddress {
                        *self.issuers.entry(award.issuer_id).or_insert(CHUNK) += 1;
                    }
                }
                return Ok(None);
            }
        }
        let mut decisions = Vec::with_capacity(cases.len());
        let mut by_decision: HashMap<AwardId, usize> = HashMap::new();
        for case in &cases {
            let Some(row) = found.get_mut(case.at) else { continue };
            let existing = held.get(&case.learner.id).map_or(&[][..], Vec::as_slice);
            match case.occasion.blocked(existing) {
                None => {
                    let decision = decision(app, case);
                    by_decision.insert(decision.id, case.at);
                    decisions.push(decision);
                }
                Some(Block::Held) => {
                    row.state = BulkRowState::Already;
                    row.award_id = case.occasion.holds(existing).map(|award| award.id);
                }
                Some(Block::Vetoed) => refuse(row, vetoed())?,
            }
        }
        let mail_at = match bulk.pass_id {
            None => None,
            Some(id) => passes::find(tx, self.organization, id).await?.and_then(|pass| pass.mail_at),
        };
        let batch = bulk.pass_id.map(|pass| Batch { pass, mail_at });
        let made = match grant_batch(app, tx, &caller, &decisions, batch).await? {
            GrantedMany::NeedsIndex => {
                self.issuers.values_mut().for_each(|count| *count += CHUNK);
                return Ok(None);
            }
            GrantedMany::New(made) => made,
        };
        reevaluation::enqueue_needed(app, tx, &made, &[]).await?;
        let made: HashMap<AwardId, AwardState> =
            made.into_iter().map(|award| (award.id, award.state)).collect();
        for (id, at) in by_decision {
            let Some(row) = found.get_mut(at) else { continue };
            match made.get(&id) {
                Some(state) => {
                    row.award_id = Some(id);
                    row.state = match state {
                        AwardState::Scheduled => BulkRowState::Scheduled,
                        _ => BulkRowState::Awarded,
                    };
                }
                // Another row, or somebody else at this moment, was quicker.
                None => row.state = BulkRowState::Already,
            }
        }
        Ok(Some(found))
    }

    /// What a row asks for, looked up and with its learner held.
    async fn case(&self, tx: &WriteTx, caller: &Caller, at: usize, row: &bulk_row::Model) -> Result<Case> {
        let given: Given = serde_json::from_value(row.given.clone()).map_err(Error::internal)?;
        let asked = given.checked()?;
        let (version, placement) = match asked.what {
            What::Version(id) => (id, None),
            What::Achievement(id) => {
                let newest = achievements::newest_version(tx, self.organization, id).await?;
                (newest.ok_or_else(|| Error::not_found("achievement"))?.id, None)
            }
            What::Placement(id) => {
                let found = placements::find(tx, self.organization, id).await?;
                let placed = found.ok_or_else(|| Error::not_found("placement"))?;
                (placed.achievement_version_id, Some(id))
            }
        };
        let prepared = issuing::prepared_within(self.app, tx, self.organization, version).await?;
        manual::apart(&prepared, &asked.evidence)?;
        let now = self.app.clock.now();
        let awarded_at = asked.awarded_at.unwrap_or(now);
        let when = (placement, asked.period.as_deref());
        let occasion = Occasion::find(tx, self.organization, &prepared, when, (awarded_at, now)).await?;
        let learner = learner::resolve(self.app, tx, caller, &asked.learner).await?;
        manual::may_hold(&learner)?;
        Ok(Case { at, asked, awarded_at, occasion, prepared, learner })
    }
}

fn decision(app: &App, case: &Case) -> Decision {
    let id = app.dice.row_id(app.clock.now());
    Decision {
        narrative: case.asked.narrative.clone(),
        evidence: case.asked.evidence.clone(),
        ..case.occasion.decision(id, &case.prepared, &case.learner, case.awarded_at)
    }
}

/// Notes why a row is refused; what is our own failure is none of the row's.
fn refuse(row: &mut bulk_row::Model, error: Error) -> Result<()> {
    if error.kind() == Kind::Internal {
        return Err(error);
    }
    row.state = BulkRowState::Refused;
    row.code = Some(error.code().to_owned());
    row.words = Some(explained(&error));
    Ok(())
}

fn vetoed() -> Error {
    Error::conflict(
        "award.vetoed",
        "A person took this badge back from the learner. Only a person who is named gives it again, by hand.",
    )
}
