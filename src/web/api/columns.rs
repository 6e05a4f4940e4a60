//! Columns: our line items in a course's gradebook, and what was reported into them.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag,
    decimal::decimal,
    examples,
    page::{Created, Listed, asked, created, listed, try_listed},
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::line_item::{
        explain, gradebook,
        manage::{self, NewColumn},
        results::Statement,
        trigger::{self, NewTrigger},
    },
    error::{Error, Result as Outcome},
    ids::{AwardId, CourseId, LearnerId, LineItemId, LinkId, ScoreReportId},
    store::{
        entity::{
            line_item::{self as entity, LineItemPurpose, LineItemState},
            score_report::{self as report, ReportState, ScoreWanted},
        },
        score_report as reports,
    },
    web::who::{MayPlace, MayRead},
};

/// A column to watch.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ColumnIn {
    /// Its name in the gradebook.
    label: String,
    /// The most it can give, a decimal text above 0; `100` if left out.
    maximum: Option<String>,
    /// Coupled to this link of the course; where the platform has made a column for it, that one is used.
    link_id: Option<LinkId>,
    /// How a rule's `score` names it (`activity`); made up if left out.
    activity: Option<String>,
}

impl Example for ColumnIn {
    fn example() -> Self {
        Self {
            label: "Workshop passed".to_owned(),
            maximum: Some("10".to_owned()),
            link_id: None,
            activity: None,
        }
    }
}

/// A column to be marked by teachers or the gradebook's own formulas.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct TriggerIn {
    /// Its name in the gradebook; one that says what to do if left out.
    label: Option<String>,
    /// The most it can give, which completes the activity: a decimal text above 0; `1` if left out.
    maximum: Option<String>,
    /// How a rule's `score` and `completed` name it (`activity`); `trigger` if left out.
    activity: Option<String>,
}

impl Example for TriggerIn {
    fn example() -> Self {
        Self {
            label: Some("Lab safety: shown to the tutor".to_owned()),
            maximum: None,
            activity: Some("lab-safety".to_owned()),
        }
    }
}

/// How rules are to call a column.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct WatchIn {
    /// How a rule's `score` names it (`activity`); its `resource_id` if left out.
    activity: Option<String>,
}

impl Example for WatchIn {
    fn example() -> Self {
        Self { activity: Some("final-exam".to_owned()) }
    }
}

/// What is known of a course's gradebook.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct GradebookOut {
    /// Its course.
    course_id: CourseId,
    /// Its columns that are not Laurel's, as far as they are known now.
    columns: Vec<ColumnOut>,
}

impl Example for GradebookOut {
    fn example() -> Self {
        let exam = ColumnOut {
            purpose: LineItemPurpose::Gradebook,
            resource_id: "gradebook-0f3a9c51e7d2".to_owned(),
            label: "Final exam".to_owned(),
            made_by_laurel: false,
            state: LineItemState::Offered,
            reading: None,
            ..ColumnOut::example()
        };
        Self { course_id: examples::course(), columns: vec![exam] }
    }
}

/// A column's new name.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct LabelIn {
    /// Its name in the gradebook.
    label: String,
}

impl Example for LabelIn {
    fn example() -> Self {
        Self { label: "Workshop passed (autumn)".to_owned() }
    }
}

/// What went wrong at the platform.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TroubleOut {
    /// Stable.
    code: String,
    /// What it means and what can be done.
    explanation: String,
    /// The platform's own words.
    platform_says: Option<String>,
}

impl TroubleOut {
    fn of(code: Option<String>, words: Option<String>) -> Option<Self> {
        Self::explained(code, words, explain)
    }

    /// Trouble of another service, in that service's words.
    pub(super) fn explained(
        code: Option<String>,
        words: Option<String>,
        explain: fn(&str) -> &'static str,
    ) -> Option<Self> {
        let code = code?;
        Some(Self { explanation: explain(&code).to_owned(), code, platform_says: words })
    }
}

/// What the last reading of a watched column came to.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ReadingOut {
    /// When.
    at: chrono::DateTime<chrono::Utc>,
    /// Results in the platform's answer.
    results: u64,
    /// Of people whom we do not know; ignored.
    unknown: u64,
    /// That said something new.
    changed: u64,
    /// Whether everything was read. What a partial reading lacks says nothing.
    is_complete: bool,
    /// The code of why not.
    trouble: Option<String>,
}

impl From<Statement> for ReadingOut {
    fn from(said: Statement) -> Self {
        Self {
            at: said.at,
            results: said.results,
            unknown: said.unknown,
            changed: said.changed,
            is_complete: said.is_complete,
            trouble: said.trouble,
        }
    }
}

/// A column of ours.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct ColumnOut {
    /// Its id.
    id: LineItemId,
    /// Its course.
    course_id: CourseId,
    /// The link to which it is coupled.
    link_id: Option<LinkId>,
    /// `report`: awards are reported into it. `watched`: its results are read. `trigger`: as `watched`, and made to be
    /// marked. `gradebook`: not Laurel's, only read.
    purpose: LineItemPurpose,
    /// Its name that survives a course copy. A rule's `score` names a watched column by it (`activity`).
    resource_id: String,
    /// Its name in the gradebook.
    label: String,
    /// The most it can give, a decimal text.
    maximum: String,
    /// Whether Laurel made it; only then does Laurel delete it.
    made_by_laurel: bool,
    /// Where it is in its life.
    state: LineItemState,
    /// What went wrong last.
    trouble: Option<TroubleOut>,
    /// Its last reading.
    reading: Option<ReadingOut>,
    /// When the platform last spoke of it.
    last_seen_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it was wanted.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it last changed.
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl Example for ColumnOut {
    fn example() -> Self {
        Self {
            id: examples::column(),
            course_id: examples::course(),
            link_id: None,
            purpose: LineItemPurpose::Watched,
            resource_id: "workshop-passed".to_owned(),
            label: "Workshop passed".to_owned(),
            maximum: "10".to_owned(),
            made_by_laurel: true,
            state: LineItemState::Found,
            trouble: None,
            reading: Some(ReadingOut {
                at: examples::time(),
                results: 213,
                unknown: 2,
                changed: 4,
                is_complete: true,
                trouble: None,
            }),
            last_seen_at: Some(examples::time()),
            created_at: examples::time(),
            updated_at: examples::time(),
        }
    }
}

impl TryFrom<entity::Model> for ColumnOut {
    type Error = Error;

    fn try_from(row: entity::Model) -> Outcome<Self> {
        let reading: Option<Statement> =
            row.reading.map(serde_json::from_value).transpose().map_err(Error::internal)?;
        Ok(Self {
            id: row.id,
            course_id: row.course_id,
            link_id: row.link_id,
            purpose: row.purpose,
            resource_id: row.resource_id,
            label: row.label,
            maximum: row.maximum,
            made_by_laurel: row.made_by_us,
            state: row.state,
            trouble: TroubleOut::of(row.trouble, row.trouble_words),
            reading: reading.map(Into::into),
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What a column should say about a learner.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct ScoreOut {
    /// Its id.
    id: ScoreReportId,
    /// About whom.
    learner_id: LearnerId,
    /// Because of which award.
    award_id: AwardId,
    /// Full points, or none any more.
    wanted: ScoreWanted,
    /// What became of it.
    state: ReportState,
    /// What went wrong last.
    trouble: Option<TroubleOut>,
    /// When it was decided.
    decided_at: chrono::DateTime<chrono::Utc>,
    /// When it was last sent.
    sent_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Example for ScoreOut {
    fn example() -> Self {
        Self {
            id: examples::score(),
            learner_id: examples::learner(),
            award_id: examples::award(),
            wanted: ScoreWanted::Awarded,
            state: ReportState::Failed,
            trouble: TroubleOut::of(
                Some("lti.ags.rejected".to_owned()),
                Some("Incorrect score received".to_owned()),
            ),
            decided_at: examples::time(),
            sent_at: Some(examples::time()),
        }
    }
}

impl From<report::Model> for ScoreOut {
    fn from(row: report::Model) -> Self {
        Self {
            id: row.id,
            learner_id: row.learner_id,
            award_id: row.award_id,
            wanted: row.wanted,
            state: row.state,
            trouble: TroubleOut::of(row.trouble, row.trouble_words),
            decided_at: row.decided_at,
            sent_at: row.posted_at,
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Columns;

#[OpenApi(tag = "Tag::Columns")]
impl Columns {
    /// List a course's columns.
    ///
    /// Those that Laurel reports into or watches, newest first; the gradebook's other columns are not ours to see.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/columns", method = "get", operation_id = "course_columns")]
    async fn course_columns(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ColumnOut>>, ReadProblem> {
        let page = manage::list(&app, may.caller.organization, id.0, asked(limit.0, cursor.0)).await?;
        Ok(try_listed(page, ColumnOut::try_from)?)
    }

    /// Watch a column.
    ///
    /// The platform's gradebook gets a column that teachers or formulas fill and Laurel reads: found if it is
    /// there, made otherwise, soon after the answer. Rules name it by its `resource_id`.
    ///
    /// Scope: `place`.
    #[oai(path = "/courses/:id/columns", method = "post", operation_id = "course_watch_column")]
    async fn course_watch_column(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ColumnIn>,
    ) -> Result<Created<ColumnOut>, WriteProblem> {
        let given = body.0;
        let new = NewColumn {
            course: id.0,
            link: given.link_id,
            label: given.label,
            maximum: decimal("maximum", given.maximum.as_deref())?,
            activity: given.activity,
        };
        Ok(created(manage::watch(&app, &may.caller, new).await?.try_into()?))
    }

    /// Make a trigger column.
    ///
    /// A column that teachers mark, or a formula of the gradebook does; the marks meet rules that ask for a `score` of
    /// its activity, and full marks a `completed`. Found if the course has it, made otherwise, soon after the answer.
    /// Laurel never writes a number into it.
    ///
    /// Scope: `place`.
    #[oai(path = "/courses/:id/trigger-columns", method = "post", operation_id = "course_make_trigger")]
    async fn course_make_trigger(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<TriggerIn>,
    ) -> Result<Created<ColumnOut>, WriteProblem> {
        let given = body.0;
        let new = NewTrigger {
            course: id.0,
            label: given.label,
            maximum: decimal("maximum", given.maximum.as_deref())?,
            activity: given.activity,
        };
        Ok(created(trigger::make(&app, &may.caller, new).await?.try_into()?))
    }

    /// Look at a course's gradebook.
    ///
    /// Where the platform lets tools read the whole gradebook (Sakai, switched on by its administrator), Laurel lists
    /// the columns that are not its own, soon after the answer, as `offered`. Answers those it knows now.
    ///
    /// Scope: `place`.
    #[oai(path = "/courses/:id/gradebook", method = "post", operation_id = "course_read_gradebook")]
    async fn course_read_gradebook(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<GradebookOut>, WriteProblem> {
        let course = gradebook::ask(&app, &may.caller, id.0).await?;
        let known = gradebook::known(&app, may.caller.organization, course.id).await?;
        let columns = known.into_iter().map(ColumnOut::try_from).collect::<Outcome<_>>()?;
        Ok(Json(GradebookOut { course_id: course.id, columns }))
    }

    /// Watch a column that is offered.
    ///
    /// One of the gradebook that is not Laurel's: its results are read, and only what learners may see counts. One
    /// that is watched already stays as it is.
    ///
    /// Scope: `place`.
    #[oai(path = "/columns/:id/watch", method = "post", operation_id = "column_watch")]
    async fn column_watch(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<LineItemId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<WatchIn>,
    ) -> Result<Json<ColumnOut>, WriteProblem> {
        let activity = body.0.activity;
        let item = gradebook::watch(&app, &may.caller, id.0, activity.as_deref()).await?;
        Ok(Json(item.try_into()?))
    }

    /// Fetch one column.
    ///
    /// With what went wrong last, in plain words, and what its last reading came to.
    ///
    /// Scope: `read`.
    #[oai(path = "/columns/:id", method = "get", operation_id = "column_find")]
    async fn column_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<LineItemId>,
    ) -> Result<Json<ColumnOut>, ReadProblem> {
        Ok(Json(manage::find(&app, may.caller.organization, id.0).await?.try_into()?))
    }

    /// Rename a column.
    ///
    /// At the platform soon after the answer; everything else about it stays as it is there.
    ///
    /// Scope: `place`.
    #[oai(path = "/columns/:id", method = "put", operation_id = "column_rename")]
    async fn column_rename(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<LineItemId>,
        body: Json<LabelIn>,
    ) -> Result<Json<ColumnOut>, WriteProblem> {
        Ok(Json(manage::rename(&app, &may.caller, id.0, &body.0.label).await?.try_into()?))
    }

    /// Remove a column.
    ///
    /// Deleted at the platform only if Laurel made it; otherwise Laurel merely lets go of it, and one that is not its
    /// own is offered again.
    ///
    /// Scope: `place`.
    #[oai(path = "/columns/:id/remove", method = "post", operation_id = "column_remove")]
    async fn column_remove(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<LineItemId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<ColumnOut>, WriteProblem> {
        Ok(Json(manage::remove(&app, &may.caller, id.0).await?.try_into()?))
    }

    /// Read a column.
    ///
    /// Begins a reading of a watched column's results; `reading` says later what it came to. Learners whose
    /// results changed are evaluated.
    ///
    /// Scope: `place`.
    #[oai(path = "/columns/:id/read", method = "post", operation_id = "column_read")]
    async fn column_read(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<LineItemId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<ColumnOut>, WriteProblem> {
        Ok(Json(manage::read(&app, &may.caller, id.0).await?.try_into()?))
    }

    /// List the scores reported into a column.
    ///
    /// Newest first, one per learner, with why the platform refused one.
    ///
    /// Scope: `read`.
    #[oai(path = "/columns/:id/scores", method = "get", operation_id = "column_scores")]
    async fn column_scores(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<LineItemId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<ScoreOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let item = manage::find(&app, organization, id.0).await?;
        let page = reports::list(app.store.read(), organization, item.id, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }
}
