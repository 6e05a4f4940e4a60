//! Reconciles: a course read again, everybody evaluated, and what that came to.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, try_listed},
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::reconcile::{self, Held, Rescued, Source, Statement, read::explain},
    error::Result as Outcome,
    ids::{AchievementId, AwardId, CourseId, LearnerId, PlacementId, ReconcileRunId},
    store::entity::reconcile_run::{Model, ReconcileCause, ReconcileState},
    texts::Language,
    web::who::{MayPlace, MayRead},
};

/// One thing that is read.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SourceOut {
    /// `roster`, `link_roster`, `column`, `record`.
    kind: String,
    /// Which link, column or record; absent for the course's own roster.
    id: Option<Uuid>,
    /// What people call it.
    name: String,
    /// Whether that has been done, well or not.
    done: bool,
    /// When it was read.
    read_at: Option<chrono::DateTime<chrono::Utc>>,
    /// How many entries it named.
    read: u64,
    /// Of these, new or changed.
    new: u64,
    /// Whether everything was read. What a partial reading lacks says nothing.
    is_complete: bool,
    /// The code of why not.
    trouble: Option<String>,
    /// What it means and what can be done.
    explanation: Option<String>,
    /// The platform's own words.
    platform_says: Option<String>,
}

impl From<Source> for SourceOut {
    fn from(source: Source) -> Self {
        Self {
            kind: source.kind.as_str().to_owned(),
            id: source.id,
            name: source.name,
            done: source.is_done,
            read_at: source.read_at,
            read: source.read,
            new: source.new,
            is_complete: source.is_complete,
            explanation: source.trouble.as_deref().map(|code| explain(source.kind, code).to_owned()),
            trouble: source.trouble,
            platform_says: source.platform_says,
        }
    }
}

/// Somebody whom nothing had told of: an award that a reconcile made.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RescuedOut {
    /// The award.
    award_id: AwardId,
    /// Whose.
    learner_id: LearnerId,
    /// By which placement.
    placement_id: Option<PlacementId>,
    /// Of which badge.
    achievement_id: AchievementId,
    /// The channels that told.
    channels: Vec<String>,
    /// Who told, by name.
    told_by: Vec<String>,
}

impl From<Rescued> for RescuedOut {
    fn from(rescued: Rescued) -> Self {
        Self {
            award_id: rescued.award,
            learner_id: rescued.learner,
            placement_id: rescued.placement,
            achievement_id: rescued.achievement,
            channels: rescued.channels,
            told_by: rescued.sources,
        }
    }
}

/// Awards that wait for a person's click.
#[derive(Clone, Debug, Object)]
pub struct ReconcileWaitingOut {
    /// Of which placement.
    placement_id: PlacementId,
    /// How many.
    awards: u64,
    /// Why: `breaker`, `first_release`, `undone`.
    why: String,
}

impl From<Held> for ReconcileWaitingOut {
    fn from(held: Held) -> Self {
        Self { placement_id: held.placement, awards: held.awards, why: held.why }
    }
}

/// The same in two languages.
#[derive(Clone, Debug, Object)]
pub struct StatementSentence {
    /// In English.
    en: String,
    /// In German.
    de: String,
}

/// In what a reconcile ended.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct StatementOut {
    /// In one sentence.
    sentence: StatementSentence,
    /// Learners who were looked at.
    checked: u64,
    /// Awards made.
    awarded: u64,
    /// Awards that are due, that nothing holds, and that were not made all the same.
    missing: u64,
    /// Learners of whom nobody knows, because something could not be read completely.
    unreadable: u64,
    /// Awards that wait for a click, placement by placement.
    holds: Vec<ReconcileWaitingOut>,
    /// Who was rescued, at most 200.
    rescued: Vec<RescuedOut>,
    /// Channels that have told such things before and did not tell these, by name: alarms.
    silent: Vec<String>,
    /// The code of why it ended without looking at everybody.
    trouble: Option<String>,
}

impl From<Statement> for StatementOut {
    fn from(said: Statement) -> Self {
        Self {
            sentence: StatementSentence { en: said.sentence(Language::En), de: said.sentence(Language::De) },
            checked: said.checked,
            awarded: said.awarded,
            missing: said.missing,
            unreadable: said.unreadable,
            holds: said.holds.into_iter().map(Into::into).collect(),
            rescued: said.rescued.into_iter().map(Into::into).collect(),
            silent: said.silent,
            trouble: said.trouble,
        }
    }
}

/// A reconcile of a course.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct ReconcileOut {
    /// Its id.
    id: ReconcileRunId,
    /// Of which course.
    course_id: CourseId,
    /// Why.
    cause: ReconcileCause,
    /// Where it is.
    state: ReconcileState,
    /// What is read, in that order.
    sources: Vec<SourceOut>,
    /// The pass by which everybody is evaluated.
    pass_id: Option<Uuid>,
    /// In what it ended.
    statement: Option<StatementOut>,
    /// When it was asked for.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it ended.
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl ReconcileOut {
    fn of(run: Model) -> Outcome<Self> {
        let sources = reconcile::sources_of(&run)?;
        Ok(Self {
            sources: sources.into_iter().map(Into::into).collect(),
            statement: reconcile::statement_of(&run)?.map(Into::into),
            id: run.id,
            course_id: run.course_id,
            cause: run.cause,
            state: run.state,
            pass_id: run.pass_id,
            created_at: run.created_at,
            ended_at: run.ended_at,
        })
    }
}

impl Example for ReconcileOut {
    fn example() -> Self {
        let rescued = Rescued {
            award: examples::award(),
            learner: examples::learner(),
            placement: Some(examples::placement()),
            achievement: examples::achievement(),
            channels: vec!["column".to_owned()],
            sources: vec!["Workshop passed".to_owned()],
        };
        let statement = Statement {
            checked: 213,
            awarded: 1,
            unreadable: 2,
            rescued: vec![rescued],
            ..Statement::default()
        };
        Self {
            id: examples::reconcile(),
            course_id: examples::course(),
            cause: ReconcileCause::Asked,
            state: ReconcileState::Done,
            sources: vec![SourceOut {
                kind: "roster".to_owned(),
                id: None,
                name: "Workshop safety, autumn".to_owned(),
                done: true,
                read_at: Some(examples::time()),
                read: 216,
                new: 4,
                is_complete: true,
                trouble: None,
                explanation: None,
                platform_says: None,
            }],
            pass_id: None,
            statement: Some(statement.into()),
            created_at: examples::time(),
            ended_at: Some(examples::time()),
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Reconciles;

#[OpenApi(tag = "Tag::Courses")]
impl Reconciles {
    /// Reconcile a course.
    ///
    /// Reads what the platform lets Laurel read of it, has everybody evaluated, and awards what was missed; `statement`
    /// says later what it came to. One at a time: while one runs it is answered, and nothing begins. A course in which
    /// anything happens is reconciled by itself every few hours.
    ///
    /// Scope: `place`.
    #[oai(path = "/courses/:id/reconcile", method = "post", operation_id = "course_reconcile")]
    async fn course_reconcile(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Created<ReconcileOut>, WriteProblem> {
        let asked = reconcile::ask(&app, &may.caller, id.0, ReconcileCause::Asked).await?;
        Ok(created(ReconcileOut::of(asked.run)?))
    }

    /// Evaluate everybody of a course again.
    ///
    /// On what is stored, nothing is read: after signals were corrected, or a failure of ours. Answered as a reconcile.
    ///
    /// Scope: `place`.
    #[oai(path = "/courses/:id/replay", method = "post", operation_id = "course_replay")]
    async fn course_replay(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Created<ReconcileOut>, WriteProblem> {
        let asked = reconcile::ask(&app, &may.caller, id.0, ReconcileCause::Replay).await?;
        Ok(created(ReconcileOut::of(asked.run)?))
    }

    /// List a course's reconciles.
    ///
    /// Newest first, each with its statement.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/reconciles", method = "get", operation_id = "course_reconciles")]
    async fn course_reconciles(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ReconcileOut>>, ReadProblem> {
        let page = reconcile::list(&app, may.caller.organization, id.0, asked(limit.0, cursor.0)).await?;
        Ok(try_listed(page, ReconcileOut::of)?)
    }

    /// Fetch one reconcile.
    ///
    /// What was read, how that went, and in what it ended.
    ///
    /// Scope: `read`.
    #[oai(path = "/reconciles/:id", method = "get", operation_id = "reconcile_find")]
    async fn reconcile_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<ReconcileRunId>,
    ) -> Result<Json<ReconcileOut>, ReadProblem> {
        Ok(Json(ReconcileOut::of(reconcile::find(&app, may.caller.organization, id.0).await?)?))
    }
}
