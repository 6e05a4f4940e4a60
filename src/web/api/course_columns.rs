//! A course's columns: which there are, and how more come about: watched, made to be marked, or offered by the
//! gradebook.

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
    columns::ColumnOut,
    decimal::decimal,
    examples,
    page::{Created, Listed, asked, created, try_listed},
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::line_item::{
        gradebook,
        manage::{self, NewColumn},
        trigger::{self, NewTrigger},
    },
    error::Result as Outcome,
    ids::{CourseId, LineItemId, LinkId},
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
        Self { course_id: examples::course(), columns: vec![ColumnOut::offered_example()] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct CourseColumns;

#[OpenApi(tag = "Tag::Columns")]
impl CourseColumns {
    /// List a course's columns.
    ///
    /// Those that Laurel reports into, reads, or may read (`offered`), newest first.
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
}
