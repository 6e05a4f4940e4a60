//! Events from the API: one report about one learner becomes a signal once, and its consequences (design §2, §9).
//!
//! Each event is its own transaction, so one bad event of a batch spoils no other.

use chrono::{DateTime, Duration, Utc};
use criteria::{Kind, ScoreState, Strength, Subject};
use rust_decimal::Decimal;
use serde_json::json;

use super::{
    elsewhere,
    evaluation::{self, Decided, Person, Place},
    indexes, judged,
    learner::{self, LearnerIn},
};
use crate::{
    app::App,
    domain::{access::Caller, once, validate},
    error::{Error, Result},
    ids::{AwardId, CourseId, DeploymentId, LearnerId, SignalId},
    store::{
        Effect, Topic, WriteTx, alias as aliases, award as awards, course as courses,
        deployment as deployments, enrollment as enrollments,
        entity::{alias::AliasKind, course, enrollment, learner as learner_entity, signal},
        signal as rows,
    },
};

/// How an event names its course.
#[derive(Clone, Debug)]
pub enum CourseIn {
    /// By our id.
    Id(CourseId),
    /// By deployment and the platform's context id; unknown courses are created.
    Context {
        /// Where the course is.
        deployment: DeploymentId,
        /// The platform's own, opaque id.
        context_id: String,
        /// Its title, if the sender knows it.
        title: Option<String>,
    },
}

/// What an event says.
#[derive(Clone, Debug)]
pub enum Said {
    /// Something was completed.
    Completed,
    /// Something was scored.
    Scored {
        /// Points given; exact.
        given: Option<Decimal>,
        /// Points possible; exact.
        maximum: Option<Decimal>,
        /// Whether the numbers count.
        state: ScoreState,
    },
}

/// One report about one learner.
#[derive(Clone, Debug)]
pub struct EventIn {
    /// The sender's id of the event: sent twice, it counts once.
    pub source_id: String,
    /// Whom it is about.
    pub learner: LearnerIn,
    /// In which course.
    pub course: Option<CourseIn>,
    /// Which activity; the course as a whole when none.
    pub activity: Option<String>,
    /// What is said.
    pub said: Said,
    /// When it happened; now when none. A clock that is ahead is cut to when we heard.
    pub happened_at: Option<DateTime<Utc>>,
}

/// Who reports: the key's place in the uniqueness of events, its name for people, and its strength.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// `key:{id}`.
    pub source: String,
    /// The key's name, shown as "reported by …".
    pub label: String,
    /// What its owner granted.
    pub strength: Strength,
}

/// What came of an event.
#[derive(Clone, Debug)]
pub struct Received {
    /// The signal; of a repeated event the first one's.
    pub signal: SignalId,
    /// Whom it is about.
    pub learner: LearnerId,
    /// It had been received before; nothing changed.
    pub is_repeated: bool,
    /// Awards it led to.
    pub awards: Vec<AwardId>,
}

/// Receives one event.
///
/// # Errors
/// Invalid fields; `not_found` (learner, platform, course, deployment); `happened_at.*`.
pub async fn receive(app: &App, caller: &Caller, reporter: &Reporter, event: &EventIn) -> Result<Received> {
    let kind = checked_kind(event)?;
    let source_id = validate::opaque("id", &event.source_id, 255)?;
    let now = app.clock.now();
    let happened_at = event.happened_at.unwrap_or(now);
    if happened_at > now + Duration::days(1) {
        return Err(Error::invalid(
            "happened_at.future",
            "happened_at",
            "The event lies more than a day in the future. Check the sender's clock.",
        ));
    }
    if happened_at < DateTime::UNIX_EPOCH {
        return Err(Error::invalid("happened_at.past", "happened_at", "The event lies before 1970."));
    }
    loop {
        reserve(app, caller, event).await?;
        let tx = app.store.write().await?;
        let course = match &event.course {
            None => None,
            Some(given) => Some(resolve_course(app, &tx, caller, given).await?),
        };
        let learner = learner::resolve(app, &tx, caller, &event.learner).await?;
        let row =
            signal_row(app, caller, reporter, &kind, &learner, course.as_ref(), &source_id, happened_at)?;
        let signal = row.id;
        if let Some(earlier) = once::claim(app, &tx, caller, signal.0).await? {
            let earlier = rows::find(&tx, caller.organization, SignalId(earlier)).await?;
            return Ok(repeated(&earlier.ok_or_else(|| Error::not_found("event"))?));
        }
        let new = rows::record(&tx, vec![row]).await?;
        if new.is_empty() {
            let earlier = rows::of_source(&tx, caller.organization, &reporter.source, &source_id)
                .await?
                .ok_or_else(|| Error::internal("a known event is not there"))?;
            return Ok(repeated(&earlier));
        }
        let enrollment = match &course {
            None => None,
            Some(course) => Some(known_in(app, &tx, course, &learner).await?),
        };
        let existing = awards::of_learner(&tx, caller.organization, learner.id).await?;
        let course_id = course.as_ref().map(|course| course.id);
        if let Some(course) = course_id {
            elsewhere::heard(app, &tx, caller.organization, course, &new).await?;
        }
        let live = evaluation::live(app, &tx, caller.organization, course_id).await?;
        let person = Person {
            learner: &learner,
            enrollments: enrollment.as_slice(),
            existing: &existing,
            place: Place { course: course.as_ref(), link: None },
        };
        let made = match judged::judge(app, &tx, caller, &person, &live).await? {
            Decided::Awarded(made) => made,
            Decided::NeedsIndex => {
                drop(tx);
                judged::reserve(app, caller.organization, learner.id, &live).await?;
                continue;
            }
        };
        tx.commit().await?;
        let awards = made.iter().map(|award| award.id).collect();
        return Ok(Received { signal, learner: learner.id, is_repeated: false, awards });
    }
}

/// The answer to an event that is known.
fn repeated(earlier: &signal::Model) -> Received {
    Received { signal: earlier.id, learner: earlier.learner_id, is_repeated: true, awards: Vec::new() }
}

/// Takes status indexes for what the event may lead to, outside its transaction.
async fn reserve(app: &App, caller: &Caller, event: &EventIn) -> Result<()> {
    let db = app.store.read();
    let course = match &event.course {
        Some(CourseIn::Id(id)) => Some(*id),
        Some(CourseIn::Context { deployment, context_id, .. }) => {
            courses::of_context(db, caller.organization, *deployment, context_id)
                .await?
                .map(|course| course.id)
        }
        None => None,
    };
    let live = evaluation::live(app, db, caller.organization, course).await?;
    indexes::reserve(app, caller.organization, &live).await
}

fn checked_kind(event: &EventIn) -> Result<Kind> {
    let subject = match event.activity.as_deref() {
        None => Subject::Course,
        Some(activity) => Subject::Activity(validate::opaque("activity", activity, 255)?),
    };
    Ok(match &event.said {
        Said::Completed => Kind::Completed { subject },
        Said::Scored { given, maximum, state } => {
            if *state == ScoreState::Graded && given.is_none() {
                return Err(Error::invalid("score.missing", "score.given", "A graded score needs a number."));
            }
            if maximum.is_some_and(|maximum| maximum <= Decimal::ZERO) {
                return Err(Error::invalid("score.maximum", "score.maximum", "The maximum must be above 0."));
            }
            Kind::Score { subject, given: *given, maximum: *maximum, state: *state }
        }
    })
}

async fn resolve_course(app: &App, tx: &WriteTx, caller: &Caller, given: &CourseIn) -> Result<course::Model> {
    let (deployment, context_id, title) = match given {
        CourseIn::Id(id) => {
            return courses::find(tx, caller.organization, *id)
                .await?
                .ok_or_else(|| Error::not_found("course"));
        }
        CourseIn::Context { deployment, context_id, title } => (deployment, context_id, title),
    };
    deployments::find(tx, caller.organization, *deployment)
        .await?
        .ok_or_else(|| Error::not_found("deployment"))?;
    if let Some(course) = courses::of_context(tx, caller.organization, *deployment, context_id).await? {
        return Ok(course);
    }
    let realm = deployment.to_string();
    let former = aliases::of_former(tx, caller.organization, AliasKind::Course, &realm, context_id).await?;
    if let Some(former) = former
        && let Some(course) = courses::find(tx, caller.organization, CourseId(former.subject_id)).await?
    {
        return Ok(course);
    }
    let now = app.clock.now();
    let course = courses::upsert(
        tx,
        course::Model {
            id: app.dice.row_id(now),
            organization_id: caller.organization,
            deployment_id: *deployment,
            context_id: validate::opaque("course.context_id", context_id, 2_048)?,
            title: validate::line_opt("course.title", title.as_deref(), 500)?,
            label: None,
            services: json!({}),
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        },
    )
    .await?;
    tx.on_commit(Effect::Changed(Topic::Course(course.id)));
    Ok(course)
}

/// The learner's enrollment; a report about somebody who never launched begins one.
pub(super) async fn known_in(
    app: &App,
    tx: &WriteTx,
    course: &course::Model,
    learner: &learner_entity::Model,
) -> Result<enrollment::Model> {
    if let Some(found) = enrollments::find(tx, course.organization_id, course.id, learner.id).await? {
        return Ok(found);
    }
    let now = app.clock.now();
    Ok(enrollments::upsert(
        tx,
        enrollment::Model {
            id: app.dice.row_id(now),
            organization_id: course.organization_id,
            course_id: course.id,
            learner_id: learner.id,
            roles_seen: json!({ "now": [] }),
            is_staff_ever: false,
            permission: evaluation::UNSEEN.to_owned(),
            state: enrollment::EnrollmentState::Active,
            digest: String::new(),
            roster_run: None,
            last_seen_at: now,
            created_at: now,
        },
    )
    .await?)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, each named at the one call")]
fn signal_row(
    app: &App,
    caller: &Caller,
    reporter: &Reporter,
    kind: &Kind,
    learner: &learner_entity::Model,
    course: Option<&course::Model>,
    source_id: &str,
    happened_at: DateTime<Utc>,
) -> Result<signal::Model> {
    let now = app.clock.now();
    let subject = match kind {
        Kind::Completed { subject } | Kind::Score { subject, .. } => subject.to_string(),
        // Events are about nothing else.
        _ => String::new(),
    };
    Ok(signal::Model {
        id: app.dice.row_id(now),
        organization_id: caller.organization,
        form: signal::SignalForm::Event,
        source: reporter.source.clone(),
        source_id: source_id.to_owned(),
        channel: criteria::Channel::Event.as_str().to_owned(),
        strength: i16::from(reporter.strength),
        learner_id: learner.id,
        course_id: course.map(|course| course.id),
        link_id: None,
        kind: kind.name().to_owned(),
        subject,
        value: json!({ "said": serde_json::to_value(kind).map_err(Error::internal)?, "by": reporter.label }),
        previous: None,
        run_id: None,
        seen_at: None,
        not_before: None,
        happened_at,
        heard_at: now,
    })
}
