//! Evaluation: which live placements concern a learner, what their rules say, and what follows.
//!
//! The verdict itself is `criteria::evaluate`, pure. Here are the candidates rule (design §4), the
//! vetoes, and the way from a met rule to a [`Decision`].

use std::sync::Arc;

use criteria::{Channel, Form, Kind, Outcome, Rule, Signal, Strength, Verdict};
use sea_orm::ConnectionTrait;
use serde_json::Value;

use super::{
    award::grant::{Decision, Granted, grant},
    course::Titles,
    evidence::{self, AtAward},
    issuing, line_item, score_report, status_index,
};
use crate::{
    app::{App, Live, LivePlacement},
    domain::access::Caller,
    error::{Error, Result},
    ids::{CourseId, LearnerId, OrganizationId},
    outbox::{self, NewJob, Payload},
    store::{
        WriteTx, award as awards,
        entity::{award, course, enrollment, learner, link, placement, signal},
        placement as placements, signal as signals,
    },
};

/// What an evaluation came to.
#[derive(Debug)]
pub enum Decided {
    /// These awards were made.
    Awarded(Vec<award::Model>),
    /// A status index was missing: drop the transaction, [`reserve`], and evaluate again.
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
    let live = Arc::new(compile(app, db, organization, course).await?);
    app.caches.live.insert((organization, course), Arc::clone(&live));
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
    let mut compiled = Vec::new();
    for (placement, rule) in placements::live(db, organization, course).await? {
        compiled.push(LivePlacement {
            rule: Rule::parse(&rule.rule).map_err(Error::internal)?,
            rule_id: rule.id,
            placement,
        });
    }
    let rules = compiled.iter().map(|placed| &placed.rule);
    let titles = Titles::named(db, organization, course, rules).await?;
    let unsettled = match course {
        Some(course) => line_item::unsettled(db, organization, course, app.clock.now()).await?,
        None => Vec::new(),
    };
    Ok(Live { unsettled, ..Live::new(compiled, titles) })
}

/// Makes sure that every live placement's issuer has status indexes at hand.
///
/// # Errors
/// Only ours.
pub async fn reserve(app: &App, organization: OrganizationId, live: &Live) -> Result<()> {
    for placed in &live.placements {
        let prepared = issuing::prepared(app, organization, placed.placement.achievement_version_id).await?;
        status_index::reserve(app, organization, prepared.issuer.id, live.placements.len()).await?;
    }
    Ok(())
}

/// Makes sure that a learner's waiting awards can be published.
///
/// # Errors
/// Only ours.
pub async fn reserve_for_waiting(app: &App, organization: OrganizationId, learner: LearnerId) -> Result<()> {
    let mut waiting = awards::of_learner(app.store.read(), organization, learner).await?;
    waiting.retain(|award| award.state == award::AwardState::WaitingForAddress);
    for award in &waiting {
        status_index::reserve(app, organization, award.issuer_id, waiting.len()).await?;
    }
    Ok(())
}

/// May this person be awarded by a rule? Not a test user, not inactive, and never seen teaching or
/// administering this course (design §4, "Candidates first").
#[must_use]
pub fn is_candidate(learner: &learner::Model, enrollment: Option<&enrollment::Model>) -> bool {
    !learner.is_test
        && enrollment.is_none_or(|enrollment| {
            !enrollment.is_staff_ever
                && enrollment.state == enrollment::EnrollmentState::Active
                && matches!(enrollment.permission.as_str(), "learn" | UNSEEN)
        })
}

/// The permission of somebody we know of but have never seen launch.
pub const UNSEEN: &str = "unseen";

/// One locked learner, as an evaluation sees them.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Who.
    pub learner: &'a learner::Model,
    /// Their standing in the course, if it is about one.
    pub enrollment: Option<&'a enrollment::Model>,
    /// Their awards so far, revoked ones too.
    pub existing: &'a [award::Model],
    /// Where it was heard: its titles are newer than what is cached.
    pub place: Place<'a>,
}

/// The course and link that a launch or an event came from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The course.
    pub course: Option<&'a course::Model>,
    /// The link.
    pub link: Option<&'a link::Model>,
}

/// Evaluates every live placement for one locked learner and grants what is met.
///
/// # Errors
/// Only ours.
pub async fn decide(
    app: &App,
    tx: &WriteTx,
    caller: &Caller,
    person: &Person<'_>,
    live: &Live,
) -> Result<Decided> {
    let Person { learner, enrollment, existing, place } = *person;
    if live.placements.is_empty() || !is_candidate(learner, enrollment) {
        return Ok(Decided::Awarded(Vec::new()));
    }
    let heard = heard_of(tx, caller.organization, learner, enrollment).await?;
    let mut made = Vec::new();
    for placed in &live.placements {
        let verdict = judge(app, placed, &heard);
        if verdict.outcome != Outcome::Met {
            look_again(app, tx, caller.organization, learner, placed, &verdict).await?;
            continue;
        }
        let prepared =
            issuing::prepared_within(app, tx, caller.organization, placed.placement.achievement_version_id)
                .await?;
        let scope = issuing::achievement_scope(&prepared);
        if existing.iter().any(|award| award.scope == scope && blocks(award)) {
            continue;
        }
        let decision = Decision {
            id: app.dice.row_id(app.clock.now()),
            learner: learner.clone(),
            placement: Some((placed.placement.id, placed.rule_id)),
            scope,
            period: String::new(),
            strength: verdict.strength.map_or(1, i16::from),
            evidence: evidence::signed(
                &placed.rule,
                &verdict,
                &prepared.version.language,
                &AtAward::new(live, place, placed.placement.course_id),
            ),
            awarded_at: verdict.met_at.unwrap_or_else(|| app.clock.now()),
            verdict: serde_json::to_value(&verdict).map_err(Error::internal)?,
            origin: award::AwardOrigin::Automatic,
            narrative: None,
            prepared,
        };
        match grant(app, tx, caller, &decision).await? {
            Granted::New(award) => {
                score_report::awarded(app, tx, &placed.placement, &award, learner, &decision.prepared)
                    .await?;
                made.push(*award);
            }
            Granted::Already => {}
            Granted::NeedsIndex => return Ok(Decided::NeedsIndex),
        }
    }
    Ok(Decided::Awarded(made))
}

/// Queues another evaluation where time alone may change the verdict (design §5, `recheck_at`): a
/// standing rule that has yet to settle, say. Once per moment, however often it is judged before.
async fn look_again(
    app: &App,
    tx: &WriteTx,
    organization: OrganizationId,
    learner: &learner::Model,
    placed: &LivePlacement,
    verdict: &Verdict,
) -> Result<()> {
    let Some(run_at) = verdict.recheck_at else { return Ok(()) };
    let moment = run_at.timestamp_micros();
    let job = NewJob {
        organization: Some(organization),
        payload: Payload::EvaluateLearner { organization, learner: learner.id },
        run_at,
        dedup_key: Some(format!("recheck:{}:{}:{moment}", placed.placement.id, learner.id)),
        max_attempts: app.settings.outbox.attempts(),
    };
    outbox::enqueue(tx, app.clock.now(), &app.dice, job).await?;
    Ok(())
}

/// One placement's verdict on what was heard.
#[must_use]
pub fn judge(app: &App, placed: &LivePlacement, heard: &[Signal]) -> Verdict {
    let mode = match placed.placement.mode {
        placement::PlacementMode::Ever => criteria::Mode::Ever,
        placement::PlacementMode::Standing => criteria::Mode::Standing,
    };
    let place = criteria::Placement {
        id: Some(placed.placement.id.0),
        course: placed.placement.course_id.map(|course| course.0),
        mode,
    };
    criteria::evaluate(&placed.rule, &place, heard, app.clock.now())
}

/// Everything heard of a learner, as the evaluator sees it; roles come from the enrollment.
///
/// # Errors
/// Only ours: a stored signal that does not read.
pub async fn heard_of(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: &learner::Model,
    enrollment: Option<&enrollment::Model>,
) -> Result<Vec<Signal>> {
    let rows = signals::of_learner(db, organization, learner.id).await?;
    let mut heard = rows.iter().map(read_signal).collect::<Result<Vec<_>>>()?;
    heard.extend(enrollment.map(role_signal));
    Ok(heard)
}

/// Queues an evaluation of everybody a placement concerns; it works through them in chunks.
///
/// # Errors
/// Only the database's.
pub async fn enqueue_for_placement(app: &App, tx: &WriteTx, placement: &placement::Model) -> Result<()> {
    if placement.state != placement::PlacementState::Live {
        return Ok(());
    }
    let now = app.clock.now();
    outbox::enqueue(
        tx,
        now,
        &app.dice,
        NewJob {
            organization: Some(placement.organization_id),
            payload: Payload::EvaluatePlacement { placement: placement.id, after: None },
            run_at: now,
            dedup_key: None,
            max_attempts: app.settings.outbox.attempts(),
        },
    )
    .await?;
    Ok(())
}

/// A current award of the scope blocks another; so does a person's revocation until lifted.
fn blocks(award: &award::Model) -> bool {
    match award.state {
        award::AwardState::Revoked => award.veto && award.veto_lifted_by.is_none(),
        award::AwardState::Expired => false,
        _ => true,
    }
}

/// A stored signal as the evaluator reads it.
fn read_signal(row: &signal::Model) -> Result<Signal> {
    let said = row.value.get("said").cloned().unwrap_or(Value::Null);
    let kind: Kind = serde_json::from_value(said).map_err(Error::internal)?;
    Ok(Signal {
        id: row.id.0,
        kind,
        form: match row.form {
            signal::SignalForm::Event => Form::Event,
            signal::SignalForm::Reading => Form::Reading,
        },
        course: row.course_id.map(|course| course.0),
        channel: row.channel.parse().map_err(Error::internal)?,
        source: row.value.get("by").and_then(Value::as_str).unwrap_or(&row.source).to_owned(),
        strength: Strength::try_from(row.strength).map_err(Error::internal)?,
        happened_at: row.happened_at,
        heard_at: row.heard_at,
        not_before: None,
    })
}

fn role_signal(enrollment: &enrollment::Model) -> Signal {
    let now_roles = enrollment.roles_seen.get("now").and_then(Value::as_array);
    let mut names = vec![permission_word(&enrollment.permission).to_owned()];
    names.extend(now_roles.into_iter().flatten().filter_map(|role| role.as_str().map(str::to_owned)));
    Signal {
        id: enrollment.id.0,
        kind: Kind::Role { names },
        form: Form::Reading,
        course: Some(enrollment.course_id.0),
        channel: Channel::Launch,
        source: String::new(),
        strength: Strength::Weak,
        happened_at: enrollment.last_seen_at,
        heard_at: enrollment.last_seen_at,
        not_before: None,
    }
}

/// The word a rule's `role` node uses for a permission.
fn permission_word(permission: &str) -> &str {
    match permission {
        "learn" => "learner",
        "teach" | "author" | "grade" => "instructor",
        "observe" => "observer",
        other => other,
    }
}
