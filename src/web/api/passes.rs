//! Passes, the holds that wait for a click, and that click.

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
    page::{Listed, asked, listed, try_listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        hold,
        pass::{self, Tally, undo},
    },
    error::Result as Outcome,
    ids::{AchievementId, CourseId, HoldId, PassId, PlacementId, RuleId},
    store::{
        entity::{
            hold as hold_entity,
            hold::{HoldState, HoldWhy},
            pass as pass_entity,
            pass::{PassCause, PassState},
        },
        hold as holds, pass as passes,
    },
    web::who::{MayAward, MayRead},
};

/// What a pass came to for one placement.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TallyOut {
    /// The placement.
    placement_id: PlacementId,
    /// Its badge.
    achievement_id: AchievementId,
    /// The version of its rule.
    rule_id: RuleId,
    /// People who may be awarded, whether or not they have it.
    candidates: u64,
    /// Of these, who had it.
    already: u64,
    /// Of these, about whom something is not known.
    unknown: u64,
    /// Of these, who met the rule without strong proof.
    weak: u64,
    /// Of these, who met it with strong proof.
    strong: u64,
    /// How many awards wait for a click.
    held: u64,
    /// Why they wait.
    why: Option<HoldWhy>,
    /// Awards made.
    awarded: u64,
    /// Awards taken back again.
    undone: u64,
    /// The rule was changed or has ended meanwhile: the pass has left this placement alone since.
    is_dropped: bool,
}

impl From<Tally> for TallyOut {
    fn from(tally: Tally) -> Self {
        Self {
            placement_id: tally.placement,
            achievement_id: tally.achievement,
            rule_id: tally.rule,
            candidates: tally.candidates,
            already: tally.already,
            unknown: tally.unknown,
            weak: tally.weak,
            strong: tally.strong,
            held: tally.held,
            why: tally.why,
            awarded: tally.awarded,
            undone: tally.undone,
            is_dropped: tally.is_dropped,
        }
    }
}

/// One evaluation of everybody whom a course or a placement concerns.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PassOut {
    /// Its id.
    id: PassId,
    /// Of the people of this course; absent: of all the organization's.
    course_id: Option<CourseId>,
    /// By this placement alone; absent: by all that are live there.
    placement_id: Option<PlacementId>,
    /// Why.
    cause: PassCause,
    /// Where it is.
    state: PassState,
    /// Who or what began it.
    begun_by: String,
    /// How many people were looked at.
    checked: i64,
    /// What it came to, placement by placement.
    tallies: Vec<TallyOut>,
    /// When its mails leave, if not at once: so long it can be undone.
    mail_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When it began.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it ended.
    ended_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When somebody undid it.
    undone_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl PassOut {
    fn of(row: pass_entity::Model) -> Outcome<Self> {
        Ok(Self {
            tallies: pass::tallies(&row)?.into_iter().map(Into::into).collect(),
            id: row.id,
            course_id: row.course_id,
            placement_id: row.placement_id,
            cause: row.cause,
            state: row.state,
            begun_by: row.begun_by,
            checked: row.checked,
            mail_at: row.mail_at,
            created_at: row.created_at,
            ended_at: row.ended_at,
            undone_at: row.undone_at,
        })
    }
}

impl Example for PassOut {
    fn example() -> Self {
        Self {
            id: examples::pass(),
            course_id: Some(examples::course()),
            placement_id: Some(examples::placement()),
            cause: PassCause::WentLive,
            state: PassState::Done,
            begun_by: "laurel, by went_live".to_owned(),
            checked: 213,
            tallies: vec![TallyOut {
                placement_id: examples::placement(),
                achievement_id: examples::achievement(),
                rule_id: examples::rule(),
                candidates: 210,
                already: 12,
                unknown: 2,
                weak: 0,
                strong: 4,
                held: 0,
                why: None,
                awarded: 4,
                undone: 0,
                is_dropped: false,
            }],
            mail_at: None,
            created_at: examples::time(),
            ended_at: Some(examples::time()),
            undone_at: None,
        }
    }
}

/// Awards of a pass that wait for a person's click.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct HoldOut {
    /// Its id.
    id: HoldId,
    /// Of this placement.
    placement_id: PlacementId,
    /// By this version of its rule.
    rule_id: RuleId,
    /// In this course; absent: in the whole organization.
    course_id: Option<CourseId>,
    /// The pass that was held last; of a confirmed one, the pass that awards.
    pass_id: PassId,
    /// Why they wait.
    why: HoldWhy,
    /// Where it is.
    state: HoldState,
    /// How many awards wait.
    would_award: i64,
    /// Of how many people who may be awarded.
    candidates: i64,
    /// Who decided.
    decided_by: Option<String>,
    /// When.
    decided_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Since when they wait.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl From<hold_entity::Model> for HoldOut {
    fn from(row: hold_entity::Model) -> Self {
        Self {
            id: row.id,
            placement_id: row.placement_id,
            rule_id: row.rule_id,
            course_id: row.course_id,
            pass_id: row.pass_id,
            why: row.why,
            state: row.state,
            would_award: row.would_award,
            candidates: row.candidates,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            created_at: row.created_at,
        }
    }
}

impl Example for HoldOut {
    fn example() -> Self {
        Self {
            id: examples::hold(),
            placement_id: examples::placement(),
            rule_id: examples::rule(),
            course_id: Some(examples::course()),
            pass_id: examples::pass(),
            why: HoldWhy::Breaker,
            state: HoldState::Open,
            would_award: 180,
            candidates: 210,
            decided_by: None,
            decided_at: None,
            created_at: examples::time(),
        }
    }
}

/// Which awards of a pass are taken back.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct UndoIn {
    /// Those whose mail has not left, where some have; without it that is refused.
    #[oai(default)]
    rest: bool,
}

impl Example for UndoIn {
    fn example() -> Self {
        Self { rest: true }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Passes;

#[OpenApi(prefix_path = "/passes", tag = "Tag::Passes")]
impl Passes {
    /// List passes.
    ///
    /// Newest first: every evaluation of everybody whom a course or a placement concerns.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "pass_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn pass_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only of this course.
        course_id: Query<Option<CourseId>>,
        /// Only of this placement alone.
        placement_id: Query<Option<PlacementId>>,
        /// Only in this state.
        state: Query<Option<PassState>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<PassOut>>, ListProblem> {
        let filter = passes::Filter { course: course_id.0, placement: placement_id.0, state: state.0 };
        let query = asked(limit.0, cursor.0);
        let page = passes::list(app.store.read(), may.caller.organization, filter, query).await?;
        Ok(try_listed(page, PassOut::of)?)
    }

    /// Fetch one pass.
    ///
    /// With what it came to, placement by placement. Its awards are listed by `pass_id`.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "pass_find")]
    async fn pass_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PassId>,
    ) -> Result<Json<PassOut>, ReadProblem> {
        Ok(Json(PassOut::of(pass::find(&app, may.caller.organization, id.0).await?)?))
    }

    /// Take back what a pass awarded.
    ///
    /// As long as mails have not left; where some have (409 `pass.mailed`), only the `rest`. Nobody is vetoed, and
    /// the rule's next pass waits for a click. It is done soon after the answer. Twice is once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/undo", method = "post", operation_id = "pass_undo")]
    async fn pass_undo(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<PassId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<UndoIn>,
    ) -> Result<Json<PassOut>, WriteProblem> {
        let undone = undo::undo(&app, &may.caller, id.0, body.0.rest).await?;
        Ok(Json(PassOut::of(undone)?))
    }
}

/// The resource.
#[derive(Debug)]
pub struct Holds;

#[OpenApi(prefix_path = "/holds", tag = "Tag::Passes")]
impl Holds {
    /// List holds.
    ///
    /// Newest first: awards that wait, or waited, for a person's click.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "hold_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn hold_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only in this course.
        course_id: Query<Option<CourseId>>,
        /// Only of this placement.
        placement_id: Query<Option<PlacementId>>,
        /// Only in this state.
        state: Query<Option<HoldState>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<HoldOut>>, ListProblem> {
        let filter = holds::Filter { course: course_id.0, placement: placement_id.0, state: state.0 };
        let query = asked(limit.0, cursor.0);
        let page = holds::list(app.store.read(), may.caller.organization, filter, query).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one hold.
    ///
    /// How many awards wait, and why.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "hold_find")]
    async fn hold_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<HoldId>,
    ) -> Result<Json<HoldOut>, ReadProblem> {
        Ok(Json(hold::find(&app, may.caller.organization, id.0).await?.into()))
    }

    /// Let the awards be made that wait.
    ///
    /// Begins a pass, which `pass_id` names. What was declined can be confirmed later. Twice is once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/confirm", method = "post", operation_id = "hold_confirm")]
    async fn hold_confirm(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<HoldId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<HoldOut>, WriteProblem> {
        Ok(Json(hold::confirm(&app, &may.caller, id.0).await?.into()))
    }

    /// Leave the awards that wait.
    ///
    /// Nobody is asked again about the same rule until it is about many more people. Twice is once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/decline", method = "post", operation_id = "hold_decline")]
    async fn hold_decline(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<HoldId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<HoldOut>, WriteProblem> {
        Ok(Json(hold::decline(&app, &may.caller, id.0).await?.into()))
    }
}
