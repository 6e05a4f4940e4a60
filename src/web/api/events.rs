//! Events: reports about learners from other systems, one or many.

use criteria::ScoreState;
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, param::Header, payload::Json, types::Example};

use super::{
    Tag,
    decimal::decimal,
    examples,
    learners::LearnerRef,
    page::{Created, created},
    problems::WriteProblem,
};
use crate::{
    app::App,
    domain::{
        api_key,
        signal::{self, CourseIn, Received, Reporter, Said},
    },
    error::{Error, Kind, Result as Outcome, chain},
    ids::{AwardId, CourseId, DeploymentId, LearnerId, SignalId},
    web::{problem::Problem, who::MayReport},
};

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum EventType {
    /// Something was completed.
    Completed,
    /// Something was scored.
    Scored,
}

/// Whether the numbers of a score count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Grading {
    /// They do.
    Graded,
    /// Nothing was handed in or graded yet.
    Missing,
    /// The learner is excused.
    Excused,
    /// Graded, but the learner may not see it yet.
    Unreleased,
}

/// A score, exact: numbers are decimal texts.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ScoreIn {
    /// Points given, for example `17.5`.
    given: Option<String>,
    /// Points possible, for example `20`.
    maximum: Option<String>,
    /// Whether they count; `graded` if left out.
    state: Option<Grading>,
}

/// A course, named by `id`, or by `deployment_id` and `context_id`; then an unknown one is created.
#[derive(Clone, Debug, Default, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CourseRef {
    /// Our id.
    id: Option<CourseId>,
    /// Where the course is.
    deployment_id: Option<DeploymentId>,
    /// The platform's own id of it.
    context_id: Option<String>,
    /// Its title.
    title: Option<String>,
}

/// One report about one learner.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct EventIn {
    /// The sender's id of the event: sent twice with one key, it counts once.
    id: String,
    /// What it says.
    #[oai(rename = "type")]
    kind: EventType,
    /// Whom it is about.
    learner: LearnerRef,
    /// In which course.
    course: Option<CourseRef>,
    /// Which activity of the course; the course as a whole if left out.
    activity: Option<String>,
    /// The score, if it is one.
    score: Option<ScoreIn>,
    /// When it happened; now if left out.
    happened_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl EventIn {
    fn parse(self) -> Outcome<signal::EventIn> {
        let said = match (self.kind, self.score) {
            (EventType::Completed, None) => Said::Completed,
            (EventType::Scored, Some(score)) => score.parse()?,
            (EventType::Completed, Some(_)) => {
                return Err(Error::invalid("score.unexpected", "score", "Only a scored event has a score."));
            }
            (EventType::Scored, None) => {
                return Err(Error::invalid("score.missing", "score", "A scored event needs a score."));
            }
        };
        Ok(signal::EventIn {
            source_id: self.id,
            learner: self.learner.parse()?,
            course: self.course.map(CourseRef::parse).transpose()?,
            activity: self.activity,
            said,
            happened_at: self.happened_at,
        })
    }
}

impl ScoreIn {
    fn parse(self) -> Outcome<Said> {
        Ok(Said::Scored {
            given: decimal("score.given", self.given.as_deref())?,
            maximum: decimal("score.maximum", self.maximum.as_deref())?,
            state: match self.state.unwrap_or(Grading::Graded) {
                Grading::Graded => ScoreState::Graded,
                Grading::Missing => ScoreState::Missing,
                Grading::Excused => ScoreState::Excused,
                Grading::Unreleased => ScoreState::Unreleased,
            },
        })
    }
}

impl CourseRef {
    fn parse(self) -> Outcome<CourseIn> {
        match self {
            Self { id: Some(id), deployment_id: None, context_id: None, title: None } => Ok(CourseIn::Id(id)),
            Self { id: None, deployment_id: Some(deployment), context_id: Some(context_id), title } => {
                Ok(CourseIn::Context { deployment, context_id, title })
            }
            _ => Err(Error::invalid(
                "course.unnamed",
                "course",
                "Name the course by id alone, or by deployment_id and context_id.",
            )),
        }
    }
}

impl Example for EventIn {
    fn example() -> Self {
        Self {
            id: "enrolment-8812-completed".to_owned(),
            kind: EventType::Completed,
            learner: LearnerRef {
                platform_id: Some(examples::platform()),
                sub: Some("29123".to_owned()),
                email: Some("grace@example.org".to_owned()),
                name: Some("Grace Miller".to_owned()),
                language: Some("en".to_owned()),
                id: None,
            },
            course: Some(CourseRef {
                deployment_id: Some(examples::deployment()),
                context_id: Some("42".to_owned()),
                title: Some("Workshop safety, autumn".to_owned()),
                id: None,
            }),
            activity: None,
            score: None,
            happened_at: None,
        }
    }
}

/// What came of an event.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct EventOut {
    /// Our id of it; of a repeated event the first one's.
    id: SignalId,
    /// Whom it is about.
    learner_id: LearnerId,
    /// It had been received before; nothing changed.
    repeated: bool,
    /// Awards it led to.
    award_ids: Vec<AwardId>,
}

impl From<Received> for EventOut {
    fn from(received: Received) -> Self {
        Self {
            id: received.signal,
            learner_id: received.learner,
            repeated: received.is_repeated,
            award_ids: received.awards,
        }
    }
}

impl Example for EventOut {
    fn example() -> Self {
        Self {
            id: examples::signal(),
            learner_id: examples::learner(),
            repeated: false,
            award_ids: vec![examples::award()],
        }
    }
}

/// Many reports.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct EventBatchIn {
    /// The events; the server's `limits.batch_events` at most.
    events: Vec<EventIn>,
}

impl Example for EventBatchIn {
    fn example() -> Self {
        let scored = EventIn {
            id: "quiz-7-attempt-3".to_owned(),
            kind: EventType::Scored,
            activity: Some("quiz-7".to_owned()),
            score: Some(ScoreIn {
                given: Some("17.5".to_owned()),
                maximum: Some("20".to_owned()),
                state: Some(Grading::Graded),
            }),
            ..EventIn::example()
        };
        Self { events: vec![EventIn::example(), scored] }
    }
}

/// What came of each event of a batch.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct EventBatchOut {
    /// In the order of the events.
    outcomes: Vec<EventOutcome>,
}

/// What came of one event of a batch: `received` or `problem`.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct EventOutcome {
    /// The sender's id of the event.
    id: String,
    /// What it led to.
    received: Option<EventOut>,
    /// Why it was refused; the others are not touched by it.
    problem: Option<Problem>,
}

impl Example for EventBatchOut {
    fn example() -> Self {
        let received =
            |id: &str| EventOutcome { id: id.to_owned(), received: Some(EventOut::example()), problem: None };
        Self { outcomes: vec![received("enrolment-8812-completed"), received("quiz-7-attempt-3")] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Events;

#[OpenApi(prefix_path = "/events", tag = "Tag::Events")]
impl Events {
    /// Send an event.
    ///
    /// Its award, if it leads to one, is committed when this answers. The event's own `id` makes it
    /// count once.
    ///
    /// Scope: `events`.
    #[oai(path = "/", method = "post", operation_id = "event_receive")]
    async fn event_receive(
        &self,
        app: Data<&App>,
        may: MayReport,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<EventIn>,
    ) -> Result<Created<EventOut>, WriteProblem> {
        let received = receive(&app, &may, body.0).await?;
        Ok(created(received.into()))
    }

    /// Send many events.
    ///
    /// Each is a decision of its own: a wrong one spoils no other. Answers in the order of the events.
    ///
    /// Scope: `events`.
    #[oai(path = "/batch", method = "post", operation_id = "event_receive_batch")]
    async fn event_receive_batch(
        &self,
        app: Data<&App>,
        may: MayReport,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<EventBatchIn>,
    ) -> Result<Json<EventBatchOut>, WriteProblem> {
        let most = app.settings.limits.batch_events;
        if body.0.events.len() > most {
            let text = format!("Send at most {most} events at once.");
            return Err(Error::invalid("batch.too_large", "events", text).into());
        }
        let mut outcomes = Vec::with_capacity(body.0.events.len());
        for event in body.0.events {
            let id = event.id.clone();
            let (received, problem) = match receive(&app, &may, event).await {
                Ok(received) => (Some(received.into()), None),
                Err(error) => {
                    if error.kind() == Kind::Internal {
                        let correlation = may.caller.correlation.as_deref();
                        tracing::error!(
                            correlation.id = correlation,
                            error = %chain(&error),
                            "an event of a batch failed"
                        );
                    }
                    (None, Some(Problem::of(&error)))
                }
            };
            outcomes.push(EventOutcome { id, received, problem });
        }
        Ok(Json(EventBatchOut { outcomes }))
    }
}

async fn receive(app: &App, may: &MayReport, event: EventIn) -> Outcome<Received> {
    let reporter = Reporter {
        source: format!("key:{}", may.key.id),
        label: may.key.name.clone(),
        strength: api_key::strength_of(&may.key),
    };
    signal::receive(app, &may.caller, &reporter, &event.parse()?).await
}
