//! Columns: our line items in a course's gradebook, one by one.

use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
    types::Example,
};

use super::{
    Tag, examples,
    problems::{ReadProblem, WriteProblem},
    trouble::TroubleOut,
};
use crate::{
    app::App,
    domain::line_item::{explain, manage, results::Statement},
    error::{Error, Result as Outcome},
    ids::{CourseId, LineItemId, LinkId},
    store::entity::line_item::{self as entity, LineItemPurpose, LineItemState},
    web::who::{MayPlace, MayRead},
};

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

/// A column of Laurel's, or one of the gradebook that it may read.
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

impl ColumnOut {
    /// One of the gradebook that is not Laurel's, for the document.
    pub(super) fn offered_example() -> Self {
        Self {
            purpose: LineItemPurpose::Gradebook,
            resource_id: "gradebook-0f3a9c51e7d2".to_owned(),
            label: "Final exam".to_owned(),
            made_by_laurel: false,
            state: LineItemState::Offered,
            reading: None,
            ..Self::example()
        }
    }
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
            trouble: TroubleOut::explained(row.trouble, row.trouble_words, explain),
            reading: reading.map(Into::into),
            last_seen_at: row.last_seen_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The resource.
#[derive(Debug)]
pub struct Columns;

#[OpenApi(tag = "Tag::Columns")]
impl Columns {
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
}
