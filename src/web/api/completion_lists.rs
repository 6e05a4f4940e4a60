//! Completion lists: a course's own list of who has completed it, compared with the badges here.

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
    domain::completion_list::{self as lists, NewList, OnlyHere, OnlyThere, parse},
    error::Result as Outcome,
    ids::{AwardId, CompletionListId, CourseId, LearnerId, PlacementId},
    store::entity::completion_list::Model,
    web::who::{MayAward, MayRead},
};

/// A list to compare.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct CompletionListIn {
    /// With whose badge, a placement in the course or in the whole organization.
    placement_id: PlacementId,
    /// What the list is called; where its lines count, shown as who told.
    name: String,
    /// CSV: per line a learner (our id, the platform's name of them, or their address) and, if known, the day
    /// (`2026-11-23`). Comma, semicolon or tab; a heading or none. At most 20,000 lines.
    csv: String,
    /// Take its lines for completions of the course, as strong as this key's events; `false` if left out: then
    /// nothing is awarded by it.
    counts: Option<bool>,
}

impl Example for CompletionListIn {
    fn example() -> Self {
        Self {
            placement_id: examples::placement(),
            name: "Registrar, autumn".to_owned(),
            csv: "learner;completed\n29123;2026-09-21\ngrace@example.org;\n".to_owned(),
            counts: None,
        }
    }
}

/// Somebody on the list who has no badge.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OnlyThereOut {
    /// Who.
    learner_id: LearnerId,
    /// When they completed, as the list says.
    completed_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Why not: `met` (due, and on its way), `unknown`, `nearly`, `not_yet`, or why nobody like them is awarded:
    /// `staff`, `inactive`, `test_user`, `other_role`, `vetoed`.
    why: String,
}

impl From<OnlyThere> for OnlyThereOut {
    fn from(row: OnlyThere) -> Self {
        Self { learner_id: row.learner, completed_at: row.completed_at, why: row.why }
    }
}

/// Somebody with a badge who is not on the list.
#[derive(Clone, Debug, Object)]
pub struct OnlyHereOut {
    /// Who.
    learner_id: LearnerId,
    /// The award.
    award_id: AwardId,
}

impl From<OnlyHere> for OnlyHereOut {
    fn from(row: OnlyHere) -> Self {
        Self { learner_id: row.learner, award_id: row.award }
    }
}

/// A list and its difference.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct CompletionListOut {
    /// Its id.
    id: CompletionListId,
    /// Of which course.
    course_id: CourseId,
    /// With whose badge it was compared.
    placement_id: PlacementId,
    /// What it is called.
    name: String,
    /// Whether its lines count as completions.
    counts: bool,
    /// So many lines.
    lines: i32,
    /// On the list and with a badge.
    both: u64,
    /// On the list, without a badge.
    only_there: Vec<OnlyThereOut>,
    /// With a badge, not on the list.
    only_here: Vec<OnlyHereOut>,
    /// Lines that name nobody known in the course, by their number.
    unknown: Vec<u64>,
    /// Lines that name several people, by their number.
    ambiguous: Vec<u64>,
    /// Lines that name somebody again.
    repeated: u64,
    /// When it was given.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl CompletionListOut {
    fn of(row: Model) -> Outcome<Self> {
        let difference = lists::difference_of(&row)?;
        Ok(Self {
            id: row.id,
            course_id: row.course_id,
            placement_id: row.placement_id,
            name: row.name,
            counts: row.counts,
            lines: row.rows,
            both: difference.both,
            only_there: difference.only_there.into_iter().map(Into::into).collect(),
            only_here: difference.only_here.into_iter().map(Into::into).collect(),
            unknown: difference.unknown,
            ambiguous: difference.ambiguous,
            repeated: difference.repeated,
            created_at: row.created_at,
        })
    }
}

impl Example for CompletionListOut {
    fn example() -> Self {
        Self {
            id: examples::completion_list(),
            course_id: examples::course(),
            placement_id: examples::placement(),
            name: "Registrar, autumn".to_owned(),
            counts: false,
            lines: 2,
            both: 0,
            only_there: vec![OnlyThereOut {
                learner_id: examples::learner(),
                completed_at: Some(examples::time()),
                why: "not_yet".to_owned(),
            }],
            only_here: Vec::new(),
            unknown: Vec::new(),
            ambiguous: Vec::new(),
            repeated: 1,
            created_at: examples::time(),
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct CompletionLists;

#[OpenApi(tag = "Tag::Courses")]
impl CompletionLists {
    /// Compare a list of completions with the badges here.
    ///
    /// Who is on the list and has no badge, with why not; who has one and is not on it; lines that name nobody.
    /// The difference is kept. Nothing is awarded unless `counts` says so.
    ///
    /// Scope: `award`.
    #[oai(path = "/courses/:id/completion-lists", method = "post", operation_id = "course_compare_list")]
    async fn course_compare_list(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<CourseId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<CompletionListIn>,
    ) -> Result<Created<CompletionListOut>, WriteProblem> {
        let given = body.0;
        let new = NewList {
            course: id.0,
            placement: given.placement_id,
            name: given.name,
            lines: parse::csv(&given.csv)?,
            counts: given.counts.unwrap_or(false),
        };
        let row = lists::compare(&app, &may.caller, new).await?;
        Ok(created(CompletionListOut::of(row)?))
    }

    /// List a course's completion lists.
    ///
    /// Newest first, each with its difference.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/completion-lists", method = "get", operation_id = "course_completion_lists")]
    async fn course_completion_lists(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<CompletionListOut>>, ReadProblem> {
        let page = lists::list(&app, may.caller.organization, id.0, asked(limit.0, cursor.0)).await?;
        Ok(try_listed(page, CompletionListOut::of)?)
    }

    /// Fetch one completion list.
    ///
    /// With its difference.
    ///
    /// Scope: `read`.
    #[oai(path = "/completion-lists/:id", method = "get", operation_id = "completion_list_find")]
    async fn completion_list_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CompletionListId>,
    ) -> Result<Json<CompletionListOut>, ReadProblem> {
        Ok(Json(CompletionListOut::of(lists::find(&app, may.caller.organization, id.0).await?)?))
    }
}
