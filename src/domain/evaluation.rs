//! Evaluation: which live placements concern a learner, what their rules say, and what follows.
//!
//! The verdict itself is `criteria::evaluate`, pure, and what stands in the way of an award is said by
//! [`super::terms`]. Here are the candidates rule (design §4) and the way from a met rule to a [`Decision`]. What an
//! award is needed for in the same course follows at once; elsewhere by job ([`reevaluation`]).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use criteria::{AwardPeriod, Rule, Signal, Strength, Test, Verdict};
use sea_orm::ConnectionTrait;

use super::{
    award::grant::{Batch, Decision, GrantedMany, grant_batch},
    course::Titles,
    earning,
    evidence::{self, AtAward},
    heard::{Known, hear, held},
    issuing, line_item, reevaluation, rule, score_report,
    terms::Terms,
};
use crate::{
    app::{App, Live, LivePlacement},
    domain::access::Caller,
    error::{Error, Result},
    ids::{AwardId, CourseId, OrganizationId, PassId, PlacementId},
    outbox,
    store::{
        WriteTx, achievement as achievements,
        entity::{award, course, enrollment, learner, link},
        hold as holds, placement as placements,
    },
};

/// What an evaluation came to.
#[derive(Debug)]
pub enum Decided {
    /// These awards were made.
    Awarded(Vec<award::Model>),
    /// A status index was missing: drop the transaction, reserve ([`super::indexes`]), and evaluate again.
    NeedsIndex,
}

/// The live placements of a course and of the whole organization, compiled; cached.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub async fn live(
    app: &App,
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: Option<CourseId>,
) -> Result<Arc<Live>> {
    if let Some(live) = app.caches.live.get(&(organization, course)) {
        return Ok(live);
    }
    let since = app.caches.since();
    let live = Arc::new(compile(app, db, organization, course).await?);
    app.caches.keep(&app.caches.live, (organization, course), Arc::clone(&live), since);
    Ok(live)
}

/// The same as they are now, past the cache: for a transaction that has changed them.
///
/// # Errors
/// Only ours: a stored rule that does not read.
pub async fn compile(
    app: &App,
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: Option<CourseId>,
) -> Result<Live> {
    let found = placements::live(db, organization, course).await?;
    let versions = found.iter().map(|(placement, _)| placement.achievement_version_id);
    let versions = achievements::versions_of_ids(db, organization, versions).await?;
    let mut compiled = Vec::with_capacity(found.len());
    for (placement, rule) in found {
        let version = versions.iter().find(|version| version.id == placement.achievement_version_id);
        let version = version.ok_or_else(|| Error::internal("a placement without version"))?;
        compiled.push(earning::compiled(placement, &rule, version)?);
    }
    let scopes =
        course.map(|course| holds::scope_of(Some(course))).into_iter().chain([holds::scope_of(None)]);
    let ids = compiled.iter().map(|placed| placed.placement.id);
    let undone = holds::undone(db, organization, ids, scopes).await?;
    for placed in &mut compiled {
        placed.waits = undone.contains(&(placed.placement.id, placed.rule_id));
    }
    let rules = compiled.iter().map(|placed| &placed.rule);
    let mut titles = Titles::named(db, organization, course, rules).await?;
    let needs = rule::needs(app, db, organization).await?;
    titles.extend(needs.names.iter().map(|(id, name)| (*id, Some(name.clone()))));
    let unsettled = match course {
        Some(course) => line_item::unsettled(db, organization, course, app.clock.now()).await?,
        None => Vec::new(),
    };
    Ok(Live { unsettled, ..Live::new(compiled, titles) })
}

/// May this person be awarded by a rule? Not a test user, not inactive, and never seen teaching or
/// administering this course (design §4, "Candidates first").
#[must_use]
pub fn is_candidate(learner: &learner::Model, enrollments: &[enrollment::Model]) -> bool {
    excluded(learner, enrollments).is_none()
}

/// Why somebody is never awarded by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Excluded {
    /// The platform's test user.
    TestUser,
    /// Seen teaching or administering the course, now or once.
    Staff,
    /// Not in the course any more.
    Inactive,
    /// In the course as something else: a mentor, say.
    OtherRole,
    /// A person took the badge back, and nobody has lifted that.
    Vetoed,
}

/// Why this person may not be awarded by a rule, whatever it says. Of several courses (for the whole organization)
/// one where they may is enough.
#[must_use]
pub fn excluded(learner: &learner::Model, enrollments: &[enrollment::Model]) -> Option<Excluded> {
    if learner.is_test {
        return Some(Excluded::TestUser);
    }
    let from = |enrollment: &enrollment::Model| {
        if enrollment.is_staff_ever {
            Some(Excluded::Staff)
        } else if enrollment.state != enrollment::EnrollmentState::Active {
            Some(Excluded::Inactive)
        } else if !matches!(enrollment.permission.as_str(), "learn" | UNSEEN) {
            Some(Excluded::OtherRole)
        } else {
            None
        }
    };
    let mut why = None;
    for enrollment in enrollments {
        why = Some(from(enrollment)?);
    }
    why
}

/// The permission of somebody we know of but have never seen launch.
pub const UNSEEN: &str = "unseen";

/// One locked learner, as an evaluation sees them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Who.
    pub learner: &'a learner::Model,
    /// Their standing in the course, if it is about one; in all of theirs for the whole organization.
    pub enrollments: &'a [enrollment::Model],
    /// Their awards so far, revoked ones too.
    pub existing: &'a [award::Model],
    /// Where it was heard: its titles are newer than what is cached.
    pub place: Place<'a>,
}

impl<'a> Person<'a> {
    /// The same, for the hearing.
    #[must_use]
    pub fn known(&self) -> Known<'a> {
        Known { learner: self.learner.id, enrollments: self.enrollments, awards: self.existing }
    }
}

/// The course and link that a launch or an event came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The course.
    pub course: Option<&'a course::Model>,
    /// The link.
    pub link: Option<&'a link::Model>,
}

/// What a pass lets through.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// The pass.
    pub pass: PassId,
    /// The least strength by placement; what is not named is not judged.
    pub least: HashMap<PlacementId, Strength>,
    /// When mails go; at once when none.
    pub mail_at: Option<DateTime<Utc>>,
}

impl Sieve {
    /// Whether a met rule of this placement goes through.
    #[must_use]
    pub fn lets(&self, placement: PlacementId, strength: Option<Strength>) -> bool {
        self.least.get(&placement).is_some_and(|least| strength.unwrap_or(Strength::Weak) >= *least)
    }
}

/// Evaluates every live placement for locked learners of one course and grants what is met: one read and one statement
/// per table for all of them. For one person there is [`super::judged`].
///
/// # Errors
/// Only ours.
pub async fn decide(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    people: &[Person<'_>],
    live: &Live,
) -> Result<Decided> {
    decide_within(app, tx, caller, people, live, None).await
}

/// As [`decide`] in a pass. What needs the badges that were made, and what may change with time, is the business of
/// the pass.
///
/// # Errors
/// Only ours.
pub async fn decide_in_pass(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    people: &[Person<'_>],
    live: &Live,
    sieve: &Sieve,
) -> Result<Decided> {
    decide_within(app, tx, caller, people, live, Some(sieve)).await
}

async fn decide_within(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    people: &[Person<'_>],
    live: &Live,
    sieve: Option<&Sieve>,
) -> Result<Decided> {
    let candidates: Vec<&Person<'_>> =
        people.iter().filter(|person| is_candidate(person.learner, person.enrollments)).collect();
    if live.placements.is_empty() || candidates.is_empty() {
        return Ok(Decided::Awarded(Vec::new()));
    }
    let known: Vec<Known<'_>> = candidates.iter().map(|person| person.known()).collect();
    let mut told = hear(tx, caller.organization, live.rules(), &known).await?;
    let mut looks = Vec::with_capacity(candidates.len());
    for person in candidates {
        let heard = told.remove(&person.learner.id).unwrap_or_default();
        let (existing, due) = (person.existing.to_vec(), live.placements.iter().collect());
        looks.push(Look { person, heard, existing, due });
    }
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        let Some(new) = grant_due(app, tx, caller, &mut looks, live, sieve).await? else {
            return Ok(Decided::NeedsIndex);
        };
        if sieve.is_some() {
            return Ok(Decided::Awarded(new));
        }
        for look in &mut looks {
            look.again(&new, live)?;
        }
        made.extend(new);
        if looks.iter().all(|look| look.due.is_empty()) {
            break;
        }
    }
    // After so many rounds the rest is left to jobs too.
    let is_settled = looks.iter().all(|look| look.due.is_empty());
    reevaluation::enqueue_needed(app, tx, &made, if is_settled { &live.placements } else { &[] }).await?;
    Ok(Decided::Awarded(made))
}

/// How often awards that were just made are looked at for what they are needed for, within one transaction.
const ROUNDS: usize = 8;

/// One person, what was heard of them, and the placements to look at.
struct Look<'a> {
    person: &'a Person<'a>,
    heard: Vec<Signal>,
    /// Their awards, those that were just made too.
    existing: Vec<award::Model>,
    due: Vec<&'a LivePlacement>,
}

impl<'a> Look<'a> {
    /// Takes what was just granted: due is what needs it.
    fn again(&mut self, new: &[award::Model], live: &'a Live) -> Result<()> {
        let learner = self.person.learner.id;
        let own: Vec<award::Model> =
            new.iter().filter(|award| award.learner_id == learner).cloned().collect();
        self.heard.extend(held(&own)?);
        let is_due = |placed: &&LivePlacement| own.iter().any(|award| needs(&placed.rule, award));
        self.due = live.placements.iter().filter(is_due).collect();
        self.existing.extend(own);
        Ok(())
    }

    /// Takes what was just taken back.
    fn without(&mut self, taken: Vec<award::Model>) {
        for award in taken {
            if let Some(known) = self.existing.iter_mut().find(|known| known.id == award.id) {
                *known = award;
            }
        }
    }
}

/// Grants what is met of what is due; `None` when an index was missing.
async fn grant_due(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    looks: &mut [Look<'_>],
    live: &Live,
    sieve: Option<&Sieve>,
) -> Result<Option<Vec<award::Model>>> {
    let (mut decisions, mut placed_by, mut rechecks) = (Vec::new(), Vec::new(), Vec::new());
    for look in looks {
        for placed in std::mem::take(&mut look.due) {
            let placement = placed.placement.id;
            if sieve.is_some_and(|sieve| !sieve.least.contains_key(&placement)) {
                continue;
            }
            let learner = look.person.learner;
            let again = |at| reevaluation::recheck(app, caller.organization, learner, placed, at);
            if sieve.is_none() {
                let taken = earning::take_back(app, tx, caller, placed, &look.heard, &look.existing).await?;
                rechecks.extend(again(taken.recheck_at));
                look.without(taken.awards);
            }
            for (period, verdict) in earning::judged(app, placed, &look.heard, &look.existing) {
                if sieve.is_some_and(|sieve| !sieve.lets(placement, verdict.strength)) {
                    continue;
                }
                if !criteria::earns(&period, &verdict) {
                    if sieve.is_none() {
                        rechecks.extend(again(verdict.recheck_at));
                    }
                } else if sieve.is_none() && placed.waits {
                    // The pass that follows the click looks at everybody.
                } else if let Some(decision) =
                    decision(app, tx, look, live, placed, (&period, &verdict)).await?
                {
                    decisions.push(decision);
                    placed_by.push((&placed.placement, learner));
                }
            }
        }
    }
    if !rechecks.is_empty() {
        outbox::enqueue_many(tx, app.clock.now(), &app.dice, rechecks).await?;
    }
    let batch = sieve.map(|sieve| Batch { pass: sieve.pass, mail_at: sieve.mail_at });
    let made = match grant_batch(app, tx, caller, &decisions, batch).await? {
        GrantedMany::NeedsIndex => return Ok(None),
        GrantedMany::New(made) => made,
    };
    let made_ids: HashSet<AwardId> = made.iter().map(|award| award.id).collect();
    let granted = decisions.iter().zip(&placed_by).filter(|(decision, _)| made_ids.contains(&decision.id));
    for ((decision, (placement, learner)), award) in granted.zip(&made) {
        score_report::awarded(app, tx, placement, award, learner, &decision.prepared).await?;
    }
    Ok(Some(made))
}

/// Whether a rule names the badge of an award.
fn needs(rule: &Rule, award: &award::Model) -> bool {
    let names = |node: &criteria::Node| match &node.test {
        Test::Holds { achievements, .. } => achievements.contains(&award.achievement_id.0),
        _ => false,
    };
    rule.nodes().any(|(_, node)| names(node))
}

/// What is to be granted because a rule is met in a period; `None` where nothing is ([`earning::is_due`]).
async fn decision(
    app: &App,
    tx: &WriteTx,
    look: &Look<'_>,
    live: &Live,
    placed: &LivePlacement,
    (period, verdict): (&AwardPeriod, &Verdict),
) -> Result<Option<Decision>> {
    let Person { learner, place, .. } = *look.person;
    let now = app.clock.now();
    if !earning::is_due(placed, &look.existing, (period, verdict), now) {
        return Ok(None);
    }
    let awarded_at = verdict.met_at.unwrap_or(now);
    let (organization, version) = (learner.organization_id, placed.placement.achievement_version_id);
    let prepared = issuing::prepared_within(app, tx, organization, version).await?;
    let terms = Terms::of(&placed.placement)?;
    Ok(Some(Decision {
        id: app.dice.row_id(now),
        learner: learner.clone(),
        placement: Some(placed.placement.id),
        rule: Some(placed.rule_id),
        scope: placed.scope.clone(),
        period: period.name.clone(),
        strength: verdict.strength.map_or(1, i16::from),
        evidence: evidence::signed(
            &placed.rule,
            verdict,
            &prepared.version.language,
            &AtAward::new(live, place, placed.placement.course_id),
        ),
        awarded_at,
        valid_until: placed.lasts.end(period, awarded_at),
        remind_days: terms.reminders(&prepared.version)?,
        verdict: serde_json::to_value(verdict).map_err(Error::internal)?,
        origin: award::AwardOrigin::Automatic,
        narrative: None,
        prepared,
    }))
}
