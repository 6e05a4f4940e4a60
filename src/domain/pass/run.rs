//! Running a pass: it weighs everybody chunk by chunk, settles what may be awarded and what waits, and awards chunk
//! by chunk, each in a transaction that also says how far it got. A job does a leg of this and leaves the rest to the
//! next. Run twice, by a retry or by two processes, the second finds that it has been done: every write holds the
//! pass's row and compares where it stands.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Tally, enqueue, settle, tallies};
use crate::{
    app::{App, Live, LivePlacement},
    domain::{
        access::{Actor, Caller},
        award::grant,
        earning,
        evaluation::{self, Decided, Sieve},
        indexes, reevaluation,
        weighing::{Crowd, Weighed, weigh},
    },
    error::{Error, Result},
    ids::{LearnerId, OrganizationId, PassId, PlacementId, RuleId},
    store::{
        WriteTx, enrollment as enrollments,
        entity::{
            award::AwardState,
            pass::{Model, PassState},
        },
        learner as learners, pass as rows, placement as placements,
    },
};

/// How many people are read at once.
const READ: u64 = 256;
/// How many are awarded in one transaction (design §7).
const AWARDED: usize = 64;
/// What changes with time within so long after the first of it is looked at together.
const TOGETHER: TimeDelta = TimeDelta::minutes(10);

/// Runs one leg of a pass.
///
/// # Errors
/// Only ours; it can be run again.
pub async fn run(app: &App, organization: OrganizationId, id: PassId, leg: i32) -> Result<()> {
    let Some(mut work) = Work::load(app, organization, id, leg).await? else { return Ok(()) };
    let started = Instant::now();
    let longest = Duration::from_secs(u64::from(app.settings.outbox.lease_seconds / 4));
    loop {
        let goes_on = match work.pass.state {
            PassState::Weighing => work.weigh().await?,
            PassState::Awarding => work.award().await?,
            _ => false,
        };
        if !goes_on {
            return Ok(());
        }
        if started.elapsed() > longest || app.stop.is_cancelled() {
            return work.leave().await;
        }
    }
}

/// Where a pass stands in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    leg: i32,
    state: PassState,
    after: Option<LearnerId>,
}

impl Stand {
    fn of(pass: &Model) -> Self {
        Self { leg: pass.leg, state: pass.state, after: pass.after_id }
    }
}

/// A pass in work.
pub(super) struct Work<'a> {
    app: &'a App,
    organization: OrganizationId,
    /// As it will be stored next.
    pub(super) pass: Model,
    pub(super) tallies: Vec<Tally>,
    /// As it is stored.
    stored: Stand,
    /// The placements of the pass that are live under the same rule still.
    pub(super) live: Live,
    /// Of those who are read, these are to be awarded, in order; the last who was read; and whether nobody follows.
    due: Option<(Vec<LearnerId>, LearnerId, bool)>,
}

impl<'a> Work<'a> {
    async fn load(app: &'a App, organization: OrganizationId, id: PassId, leg: i32) -> Result<Option<Self>> {
        let db = app.store.read();
        let Some(mut pass) = rows::find(db, organization, id).await?.filter(|pass| pass.leg == leg) else {
            return Ok(None);
        };
        let stored = Stand::of(&pass);
        // Past the cache, which may be a moment behind another process.
        let mut live = evaluation::compile(app, db, organization, pass.course_id).await?;
        live.placements.retain(|placed| pass.placement_id.is_none_or(|only| only == placed.placement.id));
        let mut tallies = tallies(&pass)?;
        let is_new = pass.state == PassState::Waiting;
        match pass.state {
            PassState::Waiting => {
                tallies = live.placements.iter().map(|one| Tally::new(&one.placement, one.rule_id)).collect();
                pass.state = PassState::Weighing;
            }
            PassState::Weighing | PassState::Awarding => {}
            _ => return Ok(None),
        }
        let rules = live.placements.iter().map(|one| (one.placement.id, one.rule_id)).collect();
        drop_changed(&mut tallies, &rules);
        live.placements.retain(|placed| {
            tallies.iter().any(|tally| tally.placement == placed.placement.id && !tally.is_dropped)
        });
        let mut work = Self { app, organization, pass, tallies, stored, live, due: None };
        Ok((!is_new || work.open().await?).then_some(work))
    }

    /// Says that it has begun: from here on, what is new needs another pass. `false` when somebody else did.
    async fn open(&mut self) -> Result<bool> {
        let tx = self.app.store.write().await?;
        if !self.is_ours(&tx).await? {
            return Ok(false);
        }
        self.store(&tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The next people after the last.
    async fn next(&self, limit: u64) -> Result<Vec<LearnerId>> {
        let (db, after) = (self.app.store.read(), self.pass.after_id);
        Ok(match self.pass.course_id {
            Some(course) => enrollments::learners_after(db, self.organization, course, after, limit).await?,
            None => learners::ids_after(db, self.organization, after, limit).await?,
        })
    }

    /// Weighs the next people. Whether there is more to do.
    async fn weigh(&mut self) -> Result<bool> {
        if self.live.placements.is_empty() {
            return self.settle().await;
        }
        let ids = self.next(READ).await?;
        let mut changes = Vec::new();
        let mut tallies = std::mem::take(&mut self.tallies);
        let weighed = self.each(&ids, |place, _, weighed| {
            let placement = place.placement.id;
            if let Some(tally) = tallies.iter_mut().find(|tally| tally.placement == placement) {
                tally.add(&weighed);
            }
            changes.extend(weighed.verdict().and_then(|verdict| verdict.recheck_at));
        });
        let contrary = weighed.await?;
        self.tallies = tallies;
        self.look_at(&contrary, &mut changes).await?;
        self.pass.recheck_at = together(self.pass.recheck_at, changes);
        self.pass.checked = self.pass.checked.saturating_add(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        self.pass.after_id = ids.last().copied().or(self.pass.after_id);
        if ids.len() as u64 == READ { Ok(true) } else { self.settle().await }
    }

    /// Weighs these people by each placement. Whose awards may have to be taken back, and when to look at that.
    async fn each(
        &self,
        ids: &[LearnerId],
        mut told: impl FnMut(&LivePlacement, LearnerId, Weighed),
    ) -> Result<Vec<(LearnerId, DateTime<Utc>)>> {
        let (db, mut contrary) = (self.app.store.read(), Vec::new());
        let crowd = Crowd::read(db, self.organization, self.pass.course_id, ids).await?;
        let heard = crowd.hear(db, self.organization, &self.live.placements).await?;
        for person in crowd.people() {
            let signals = heard.get(&person.learner.id).map_or(&[][..], Vec::as_slice);
            for placed in &self.live.placements {
                told(placed, person.learner.id, weigh(self.app, placed, &person, signals));
                if let Some(at) = earning::may_take_back(self.app, placed, signals, person.existing) {
                    contrary.push((person.learner.id, at));
                }
            }
        }
        Ok(contrary)
    }

    /// Who has an award that was read to be held no longer is looked at alone: now, or by the pass that follows when
    /// that has settled.
    async fn look_at(
        &self,
        contrary: &[(LearnerId, DateTime<Utc>)],
        changes: &mut Vec<DateTime<Utc>>,
    ) -> Result<()> {
        let now = self.app.clock.now();
        let (due, later): (Vec<_>, Vec<_>) = contrary.iter().copied().partition(|(_, at)| *at <= now);
        changes.extend(later.into_iter().map(|(_, at)| at));
        if due.is_empty() {
            return Ok(());
        }
        let ids: Vec<LearnerId> = due.into_iter().map(|(id, _)| id).collect();
        let tx = self.app.store.write().await?;
        reevaluation::enqueue_learners(self.app, &tx, self.organization, &ids).await?;
        tx.commit().await
    }

    /// Everybody has been weighed: says what may be awarded and what waits. Whether there is more to do.
    async fn settle(&mut self) -> Result<bool> {
        let tx = self.app.store.write().await?;
        if !self.is_ours(&tx).await? {
            return Ok(false);
        }
        self.drop_changed(&tx).await?;
        settle::settle(self.app, &tx, self).await?;
        self.pass.after_id = None;
        if self.tallies.iter().map(Tally::due).sum::<u64>() == 0 {
            self.finish(&tx).await?;
        } else {
            self.pass.state = PassState::Awarding;
        }
        self.store(&tx).await?;
        tx.commit().await?;
        Ok(self.pass.state == PassState::Awarding)
    }

    /// Awards the next people. Whether there is more to do.
    async fn award(&mut self) -> Result<bool> {
        let (mut due, last, is_end) = match self.due.take() {
            Some(left) => left,
            None => match self.look().await? {
                Some(found) => found,
                None => return self.end().await,
            },
        };
        let rest = due.split_off(due.len().min(AWARDED));
        if !due.is_empty() {
            let after = if rest.is_empty() { Some(last) } else { due.last().copied() };
            if !self.award_chunk(&due, after).await? {
                return Ok(false);
            }
        } else {
            self.pass.after_id = Some(last);
        }
        if !rest.is_empty() {
            self.due = Some((rest, last, is_end));
            return Ok(true);
        }
        if is_end { self.end().await } else { Ok(true) }
    }

    /// Reads on and finds who is to be awarded; `None` when nobody is left. Where most are, all of them are taken:
    /// the transaction judges again anyway.
    async fn look(&mut self) -> Result<Option<(Vec<LearnerId>, LearnerId, bool)>> {
        let ids = self.next(READ).await?;
        let Some(last) = ids.last().copied() else { return Ok(None) };
        let is_end = (ids.len() as u64) < READ;
        let sieve = self.sieve();
        let due: u64 = self.tallies.iter().map(Tally::due).sum();
        let of = self.tallies.iter().map(|tally| tally.candidates).max().unwrap_or(0);
        if due.saturating_mul(2) >= of {
            return Ok(Some((ids, last, is_end)));
        }
        let mut found = Vec::new();
        let looked = self.each(&ids, |placed, learner, weighed| {
            if let Weighed::Now(verdict) = weighed
                && sieve.lets(placed.placement.id, verdict.strength)
                && found.last() != Some(&learner)
            {
                found.push(learner);
            }
        });
        looked.await?;
        Ok(Some((found, last, is_end)))
    }

    fn sieve(&self) -> Sieve {
        let least = self.tallies.iter().filter_map(|tally| Some((tally.placement, tally.least()?)));
        Sieve { pass: self.pass.id, least: least.collect(), mail_at: self.pass.mail_at }
    }

    /// Awards up to [`AWARDED`] people in one transaction; `false` when somebody else is at it.
    async fn award_chunk(&mut self, ids: &[LearnerId], after: Option<LearnerId>) -> Result<bool> {
        let (app, organization) = (self.app, self.organization);
        let caller = Caller::new(organization, Actor::Laurel("pass"));
        let mut reserved = ids.len();
        loop {
            indexes::reserve_for(app, organization, &self.live, reserved).await?;
            let tx = app.store.write().await?;
            if !self.is_ours(&tx).await? {
                return Ok(false);
            }
            self.drop_changed(&tx).await?;
            let learners = learners::lock_many(&tx, organization, ids.iter().copied()).await?;
            let crowd = Crowd::of(&tx, organization, self.pass.course_id, learners).await?;
            let people = crowd.people();
            let waiting: Vec<LearnerId> =
                people.iter().filter(|one| could_be_mailed(one)).map(id_of).collect();
            let decided =
                evaluation::decide_in_pass(app, &tx, &caller, &people, &self.live, &self.sieve()).await?;
            let Decided::Awarded(made) = decided else {
                reserved = reserved.saturating_mul(2);
                continue;
            };
            for award in &made {
                let of = |tally: &&mut Tally| Some(tally.placement) == award.placement_id;
                if let Some(tally) = self.tallies.iter_mut().find(of) {
                    tally.awarded += 1;
                }
            }
            // Documents that wait for an address which is there: each learner's own affair, and rare.
            reevaluation::enqueue_learners(app, &tx, organization, &waiting).await?;
            self.pass.after_id = after;
            self.store(&tx).await?;
            tx.commit().await?;
            return Ok(true);
        }
    }

    /// It has looked at everybody.
    async fn end(&mut self) -> Result<bool> {
        let tx = self.app.store.write().await?;
        if self.is_ours(&tx).await? {
            self.finish(&tx).await?;
            self.store(&tx).await?;
            tx.commit().await?;
        }
        Ok(false)
    }

    async fn finish(&mut self, tx: &WriteTx) -> Result<()> {
        let is_dropped = !self.tallies.is_empty() && self.tallies.iter().all(|tally| tally.is_dropped);
        self.pass.state = if is_dropped { PassState::Ended } else { PassState::Done };
        self.pass.ended_at = Some(self.app.clock.now());
        self.pass.after_id = None;
        settle::follow(self.app, tx, &self.pass, &self.tallies).await?;
        let sum = |of: fn(&Tally) -> u64| self.tallies.iter().map(of).sum::<u64>();
        tracing::info!(
            pass.id = %self.pass.id,
            cause = %self.pass.cause,
            checked = self.pass.checked,
            awarded = sum(|tally| tally.awarded),
            held = sum(|tally| tally.held),
            "a pass has ended"
        );
        Ok(())
    }

    /// Leaves the rest to another job.
    async fn leave(&mut self) -> Result<()> {
        let tx = self.app.store.write().await?;
        if !self.is_ours(&tx).await? {
            return Ok(());
        }
        self.pass.leg += 1;
        enqueue(self.app, &tx, &self.pass).await?;
        self.store(&tx).await?;
        tx.commit().await
    }

    /// Holds the row; `false` when somebody else has gone on with it.
    async fn is_ours(&self, tx: &WriteTx) -> Result<bool> {
        let row = rows::lock(tx, self.organization, self.pass.id).await?;
        Ok(row.is_some_and(|row| Stand::of(&row) == self.stored))
    }

    /// Leaves alone what is not live under the same rule any more.
    async fn drop_changed(&mut self, tx: &WriteTx) -> Result<()> {
        let named = self.tallies.iter().filter(|tally| !tally.is_dropped).map(|tally| tally.placement);
        let rules = placements::live_rules(tx, self.organization, named.collect()).await?;
        drop_changed(&mut self.tallies, &rules);
        let kept = |placement: PlacementId| {
            self.tallies.iter().any(|tally| tally.placement == placement && !tally.is_dropped)
        };
        let keeps: Vec<bool> = self.live.placements.iter().map(|one| kept(one.placement.id)).collect();
        let mut keeps = keeps.iter();
        self.live.placements.retain(|_| keeps.next() == Some(&true));
        Ok(())
    }

    async fn store(&mut self, tx: &WriteTx) -> Result<()> {
        self.pass.tallies = serde_json::to_value(&self.tallies).map_err(Error::internal)?;
        self.pass.updated_at = self.app.clock.now();
        rows::update(tx, self.pass.clone()).await?;
        self.stored = Stand::of(&self.pass);
        Ok(())
    }
}

fn drop_changed(tallies: &mut [Tally], rules: &HashMap<PlacementId, RuleId>) {
    for tally in tallies {
        if !tally.is_dropped && rules.get(&tally.placement) != Some(&tally.rule) {
            tally.is_dropped = true;
            (tally.held, tally.why) = (0, None);
        }
    }
}

fn id_of(person: &evaluation::Person<'_>) -> LearnerId {
    person.learner.id
}

fn could_be_mailed(person: &&evaluation::Person<'_>) -> bool {
    person.existing.iter().any(|award| award.state == AwardState::WaitingForAddress)
        && grant::deliverable(person.learner).is_some()
}

/// When to look again: at the last of what changes soon after the first.
fn together(known: Option<DateTime<Utc>>, changes: Vec<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let first = changes.iter().copied().chain(known).min()?;
    let until = first.checked_add_signed(TOGETHER).unwrap_or(first);
    changes.into_iter().chain(known).filter(|moment| *moment <= until).max()
}
