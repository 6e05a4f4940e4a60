//! Passes: one evaluation of everybody whom a course or a placement concerns (design §5). A pass first weighs, which
//! writes nothing but its own count, then awards chunk by chunk ([`run`]). Where it would award more at once than is
//! usual without strong proof, that waits for a person's click ([`super::hold`]); what it awarded can be taken back
//! until its mails leave ([`undo`]).
//!
//! Evaluations of one person (a launch, an event) are no passes and wait for nobody.

pub mod run;
mod settle;
pub mod undo;

use chrono::{DateTime, Duration, Utc};
use criteria::{Rule, Strength, Test};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{evaluation::Excluded, weighing::Weighed};
use crate::{
    app::App,
    error::{Error, Result},
    ids::{AchievementId, CourseId, HoldId, OrganizationId, PassId, PlacementId, RosterId, RuleId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx,
        entity::{
            hold::HoldWhy,
            pass::{Model, PassCause, PassState},
            placement::{self, PlacementState},
        },
        pass as rows,
    },
};

/// So many awards at once are never held, and their mails never wait.
pub const FEW: u64 = 20;
/// A pass that has not begun so long after its time serves nobody.
const STUCK: Duration = Duration::minutes(10);
/// How long the mails of more wait, so that the pass can be undone.
pub const MAIL_WAITS: Duration = Duration::hours(1);

/// Whom a pass looks at, and by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whom {
    /// The people of this course; all the organization's when none.
    pub course: Option<CourseId>,
    /// By this placement alone; by all that are live there when none.
    pub placement: Option<PlacementId>,
}

impl Whom {
    /// Everybody in a course, by every placement that is live there.
    #[must_use]
    pub fn course(course: CourseId) -> Self {
        Self { course: Some(course), placement: None }
    }

    /// Everybody whom one placement concerns.
    #[must_use]
    pub fn placement(placement: &placement::Model) -> Self {
        Self { course: placement.course_id, placement: Some(placement.id) }
    }
}

/// What begins a pass, beside whom it looks at.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Why.
    pub cause: PassCause,
    /// Who or what, for people to read; never a name.
    pub by: String,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// The roster whose reading brought news.
    pub roster: Option<RosterId>,
    /// The hold that was confirmed.
    pub hold: Option<HoldId>,
}

/// What a pass came to for one placement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The placement.
    pub placement: PlacementId,
    /// Its badge.
    pub achievement: AchievementId,
    /// The version of its rule.
    pub rule: RuleId,
    /// People who may be awarded, whether or not they have it.
    pub candidates: u64,
    /// Of these, who had it.
    pub already: u64,
    /// Of these, about whom something is not known.
    pub unknown: u64,
    /// Of these, who met the rule without strong proof.
    pub weak: u64,
    /// Of these, who met it with strong proof.
    pub strong: u64,
    /// Left out: vetoed by a person.
    pub vetoed: u64,
    /// How many awards wait for a click.
    pub held: u64,
    /// Why they wait.
    pub why: Option<HoldWhy>,
    /// Awards made.
    pub awarded: u64,
    /// Awards taken back again.
    pub undone: u64,
    /// The rule was changed or has ended meanwhile: the pass has left this placement alone since.
    pub is_dropped: bool,
}

impl Tally {
    fn new(placement: &placement::Model, rule: RuleId) -> Self {
        Self {
            placement: placement.id,
            achievement: placement.achievement_id,
            rule,
            candidates: 0,
            already: 0,
            unknown: 0,
            weak: 0,
            strong: 0,
            vetoed: 0,
            held: 0,
            why: None,
            awarded: 0,
            undone: 0,
            is_dropped: false,
        }
    }

    fn add(&mut self, weighed: &Weighed) {
        match weighed {
            Weighed::Excluded(Excluded::Vetoed) => self.vetoed += 1,
            Weighed::Excluded(_) => return,
            Weighed::Already => self.already += 1,
            Weighed::Now(verdict) if verdict.strength >= Some(Strength::Strong) => self.strong += 1,
            Weighed::Now(_) => self.weak += 1,
            Weighed::Nearly(..) | Weighed::NotYet(..) => self.unknown += u64::from(weighed.is_unknown()),
        }
        self.candidates += 1;
    }

    /// The least strength that goes through; none where nothing does.
    fn least(&self) -> Option<Strength> {
        match self.why {
            _ if self.is_dropped => None,
            Some(HoldWhy::Undone) => None,
            Some(HoldWhy::Breaker | HoldWhy::FirstRelease) => Some(Strength::Strong),
            None => Some(Strength::Weak),
        }
    }

    /// How many awards it may make.
    fn due(&self) -> u64 {
        match self.least() {
            None => 0,
            Some(least) if least >= Strength::Strong => self.strong,
            Some(_) => self.weak + self.strong,
        }
    }
}

/// More awards than this without strong proof, of so many people, wait for a click (design §5, the breaker).
#[must_use]
pub fn allowance(candidates: u64) -> u64 {
    FEW.max(candidates / 4)
}

/// Whether a rule relies on what the platform opens to whom: its first pass waits for a click.
#[must_use]
pub fn relies_on_release(rule: &Rule) -> bool {
    rule.nodes().any(|(_, node)| matches!(node.test, Test::Released { .. }))
}

/// Begins a pass in the caller's transaction; one that waits already and has not begun serves as well.
///
/// # Errors
/// Only the database's.
pub async fn begin(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    whom: Whom,
    cause: PassCause,
) -> Result<PassId> {
    let by = format!("laurel, by {cause}");
    let due_at = app.clock.now();
    begin_with(app, tx, organization, whom, Begin { cause, by, due_at, roster: None, hold: None }).await
}

/// As [`begin`], with everything that can be said of it.
///
/// # Errors
/// Only the database's.
pub async fn begin_with(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    whom: Whom,
    new: Begin,
) -> Result<PassId> {
    let now = app.clock.now();
    if new.hold.is_none() {
        // One that has waited for long may have lost its job.
        let from = if new.due_at > now { new.due_at } else { now - STUCK };
        let place = (whom.course, whom.placement);
        if let Some(mut known) = rows::waiting(tx, organization, place, (from, new.due_at)).await?
            && let Some(locked) = rows::lock(tx, organization, known.id).await?
            && locked.state == PassState::Waiting
        {
            if new.roster.is_some() && locked.roster_id.is_none() {
                known = Model { roster_id: new.roster, cause: new.cause, ..locked };
                rows::update(tx, known.clone()).await?;
            }
            return Ok(known.id);
        }
    }
    let pass = Model {
        id: app.dice.row_id(now),
        organization_id: organization,
        course_id: whom.course,
        placement_id: whom.placement,
        roster_id: new.roster,
        hold_id: new.hold,
        cause: new.cause,
        state: PassState::Waiting,
        leg: 0,
        after_id: None,
        checked: 0,
        tallies: json!([]),
        begun_by: new.by,
        due_at: new.due_at,
        recheck_at: None,
        mail_at: None,
        undone_by: None,
        undone_at: None,
        created_at: now,
        updated_at: now,
        ended_at: None,
    };
    rows::insert(tx, pass.clone()).await?;
    enqueue(app, tx, &pass).await?;
    Ok(pass.id)
}

/// A live placement's rule is new: everybody it concerns is looked at. Of drafts nothing follows.
///
/// # Errors
/// Only the database's.
pub async fn placement_changed(
    app: &App,
    tx: &WriteTx,
    placement: &placement::Model,
    cause: PassCause,
) -> Result<()> {
    if placement.state == PlacementState::Live {
        begin(app, tx, placement.organization_id, Whom::placement(placement), cause).await?;
    }
    Ok(())
}

/// One pass.
///
/// # Errors
/// `not_found`.
pub async fn find(app: &App, organization: OrganizationId, id: PassId) -> Result<Model> {
    rows::find(app.store.read(), organization, id).await?.ok_or_else(|| Error::not_found("pass"))
}

/// What a pass came to, placement by placement.
///
/// # Errors
/// Only ours: stored ones that do not read.
pub fn tallies(pass: &Model) -> Result<Vec<Tally>> {
    serde_json::from_value(pass.tallies.clone()).map_err(Error::internal)
}

/// Queues the pass's next leg, or the first.
async fn enqueue(app: &App, tx: &WriteTx, pass: &Model) -> Result<()> {
    let now = app.clock.now();
    let (id, leg) = (pass.id, pass.leg);
    let payload = match pass.state {
        PassState::Undoing => Payload::UndoPass { pass: id, leg },
        _ => Payload::RunPass { pass: id, leg },
    };
    let job = NewJob {
        organization: Some(pass.organization_id),
        payload,
        run_at: pass.due_at.max(now),
        // A leg that is repeated must not begin the next one twice.
        dedup_key: Some(format!("pass:{id}:{leg}")),
        max_attempts: app.settings.outbox.attempts(),
    };
    outbox::enqueue(tx, now, &app.dice, job).await?;
    Ok(())
}
