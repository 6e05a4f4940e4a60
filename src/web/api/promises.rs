//! Promises: how surely placements find who has met their rule, and what would make them surer.

use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};

use super::{Tag, examples, problems::ReadProblem, words::InWords};
use crate::{
    app::App,
    domain::promise::{self, Because, Better, Known, Leaf, Promise},
    ids::{AchievementId, CourseId, PlacementId},
    web::who::MayRead,
};

/// How surely a rule finds who has met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PromiseOut {
    /// A reconcile reads it from the platform, whatever was lost before.
    Guaranteed,
    /// Somebody tells of it; what is lost stays lost.
    BestEffort,
    /// Only a learner's launch or a person's decision tells.
    NeedsClick,
}

impl From<Promise> for PromiseOut {
    fn from(promise: Promise) -> Self {
        match promise {
            Promise::Guaranteed => Self::Guaranteed,
            Promise::BestEffort => Self::BestEffort,
            Promise::NeedsClick => Self::NeedsClick,
        }
    }
}

impl PromiseOut {
    fn words(self) -> InWords {
        let key = match self {
            Self::Guaranteed => "promise-guaranteed",
            Self::BestEffort => "promise-best-effort",
            Self::NeedsClick => "promise-needs-click",
        };
        InWords::of(key, &[])
    }
}

/// A reason, or an advice.
#[derive(Clone, Debug, Object)]
pub struct PromiseReasonOut {
    /// Stable.
    code: String,
    /// What it means.
    words: InWords,
}

impl PromiseReasonOut {
    fn because(because: Because) -> Self {
        let code = because.as_str();
        Self { code: code.to_owned(), words: InWords::of(&format!("promise-because-{code}"), &[]) }
    }

    fn better(better: Better) -> Self {
        let code = better.as_str();
        Self { code: code.to_owned(), words: InWords::of(&format!("promise-better-{code}"), &[]) }
    }
}

/// How sure one leaf of a rule is.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LeafPromiseOut {
    /// Its path in the rule.
    path: String,
    /// How sure it is.
    promise: PromiseOut,
    /// Why.
    because: PromiseReasonOut,
    /// Who tells, by name.
    told_by: Vec<String>,
    /// What would make it surer.
    better: Option<PromiseReasonOut>,
}

impl From<Leaf> for LeafPromiseOut {
    fn from(leaf: Leaf) -> Self {
        Self {
            path: leaf.path,
            promise: leaf.promise.into(),
            because: PromiseReasonOut::because(leaf.because),
            told_by: leaf.told_by,
            better: leaf.better.map(PromiseReasonOut::better),
        }
    }
}

/// How sure a placement is in a course.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PlacementPromiseOut {
    /// The placement.
    placement_id: PlacementId,
    /// Its achievement.
    achievement_id: AchievementId,
    /// In which course.
    course_id: Option<CourseId>,
    /// How sure the whole rule is.
    promise: PromiseOut,
    /// The same in words.
    words: InWords,
    /// Its leaves, in the rule's order.
    leaves: Vec<LeafPromiseOut>,
}

impl From<Known> for PlacementPromiseOut {
    fn from(known: Known) -> Self {
        let promise = PromiseOut::from(known.promised.promise);
        Self {
            placement_id: known.placed.placement.id,
            achievement_id: known.placed.placement.achievement_id,
            course_id: known.course,
            promise,
            words: promise.words(),
            leaves: known.promised.leaves.into_iter().map(Into::into).collect(),
        }
    }
}

impl Example for PlacementPromiseOut {
    fn example() -> Self {
        Self {
            placement_id: examples::placement(),
            achievement_id: examples::achievement(),
            course_id: Some(examples::course()),
            promise: PromiseOut::BestEffort,
            words: PromiseOut::BestEffort.words(),
            leaves: vec![LeafPromiseOut {
                path: "node".to_owned(),
                promise: PromiseOut::BestEffort,
                because: PromiseReasonOut::because(Because::Events),
                told_by: vec!["Registrar".to_owned()],
                better: Some(PromiseReasonOut::better(Better::ConnectRecords)),
            }],
        }
    }
}

/// How sure the placements of a course are.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct CoursePromisesOut {
    /// Each that touches the course and has not ended, the oldest first.
    items: Vec<PlacementPromiseOut>,
}

impl Example for CoursePromisesOut {
    fn example() -> Self {
        Self { items: vec![PlacementPromiseOut::example()] }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Promises;

#[OpenApi(tag = "Tag::Placements")]
impl Promises {
    /// Say how surely a placement finds who has met its rule.
    ///
    /// `guaranteed` where a reconcile reads it from the platform, `best_effort` where only events tell, `needs_click`
    /// where only a launch or a person's decision does; with the reason for each leaf of the rule, and what would
    /// make it surer.
    ///
    /// Scope: `read`.
    #[oai(path = "/placements/:id/promise", method = "get", operation_id = "placement_promise")]
    async fn placement_promise(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlacementId>,
        /// In which course, for a placement of the whole organization.
        course: Query<Option<CourseId>>,
    ) -> Result<Json<PlacementPromiseOut>, ReadProblem> {
        let known = promise::of_placement(&app, may.caller.organization, id.0, course.0).await?;
        Ok(Json(known.into()))
    }

    /// Say how sure each placement of a course is.
    ///
    /// Its own and those of the whole organization, live and drafted.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/promises", method = "get", operation_id = "course_promises")]
    async fn course_promises(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
    ) -> Result<Json<CoursePromisesOut>, ReadProblem> {
        let known = promise::of_course(&app, may.caller.organization, id.0).await?;
        Ok(Json(CoursePromisesOut { items: known.into_iter().map(Into::into).collect() }))
    }
}
