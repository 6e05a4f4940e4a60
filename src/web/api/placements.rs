//! Placements and their rules.

use std::collections::{HashMap, hash_map::Entry};

use criteria::{Language, Names, NoNames, Rule};
use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Tag, examples,
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
    terms::TermsObject,
    versions::example_rule,
};
use crate::{
    app::App,
    domain::{
        course::{self, Titles},
        placement::{self, NewPlacement, Placed},
        terms::Terms,
    },
    error::{Error, Result as Outcome},
    ids::{AchievementId, AchievementVersionId, CourseId, LinkId, OrganizationId, PlacementId, RuleId},
    store::{
        entity::{
            placement::{PlacementMode, PlacementState},
            placement_rule,
        },
        placement as rows,
    },
    web::who::{MayPlace, MayRead},
};

/// An achievement to place.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct PlacementIn {
    /// What is placed.
    version_id: AchievementVersionId,
    /// Where; the whole organization if left out.
    course_id: Option<CourseId>,
    /// Bound to this link of the course.
    link_id: Option<LinkId>,
    /// The rule (`/schemas/rule.json`); the version's own if left out.
    rule: Option<Any<Value>>,
    /// Whether "met once" counts (`ever`, if left out) or it must hold (`standing`).
    mode: Option<PlacementMode>,
    /// Go live at once; a draft if left out.
    live: Option<bool>,
    /// On what terms; awarded once, for as long as the version says, if left out.
    terms: Option<TermsObject>,
}

impl Example for PlacementIn {
    fn example() -> Self {
        Self {
            version_id: examples::version(),
            course_id: Some(examples::course()),
            link_id: None,
            rule: Some(Any(example_rule())),
            mode: Some(PlacementMode::Ever),
            live: Some(true),
            terms: None,
        }
    }
}

/// A new rule of a placement.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct RuleIn {
    /// The rule (`/schemas/rule.json`).
    rule: Any<Value>,
}

impl Example for RuleIn {
    fn example() -> Self {
        Self { rule: Any(example_rule()) }
    }
}

/// The next step of a placement's life: draft, live, ended.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct StateIn {
    /// The state to be in.
    state: PlacementState,
}

impl Example for StateIn {
    fn example() -> Self {
        Self { state: PlacementState::Live }
    }
}

/// What can be set beside the rule.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct SettingsIn {
    /// Tell the platform's gradebook of awards, as full points; for placements in a course.
    report_score: bool,
}

impl Example for SettingsIn {
    fn example() -> Self {
        Self { report_score: true }
    }
}

/// A rule in words.
#[derive(Clone, Debug, Object)]
pub struct Sentence {
    /// In English.
    en: String,
    /// In German.
    de: String,
}

impl Sentence {
    fn of(rule: &Value, names: &dyn Names) -> Outcome<Self> {
        let rule = Rule::parse(rule).map_err(|error| Error::internal(error.message))?;
        Ok(Self {
            en: criteria::sentence(&rule, Language::English, names),
            de: criteria::sentence(&rule, Language::German, names),
        })
    }
}

/// A placement with its newest rule.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct PlacementOut {
    /// Its id.
    id: PlacementId,
    /// Which achievement.
    achievement_id: AchievementId,
    /// Which version of it.
    version_id: AchievementVersionId,
    /// Where; absent: the whole organization.
    course_id: Option<CourseId>,
    /// The link it is bound to.
    link_id: Option<LinkId>,
    /// Where it is in its life.
    state: PlacementState,
    /// Whether "met once" counts.
    mode: PlacementMode,
    /// Whether the platform's gradebook is told of awards.
    report_score: bool,
    /// On what terms it awards.
    terms: TermsObject,
    /// The rule's id.
    rule_id: RuleId,
    /// The rule's number within the placement; counts from 1.
    rule_number: i32,
    /// The rule.
    rule: Any<Value>,
    /// The rule in words.
    sentence: Sentence,
    /// When it was placed.
    created_at: chrono::DateTime<chrono::Utc>,
    /// When it last changed.
    updated_at: chrono::DateTime<chrono::Utc>,
}

impl PlacementOut {
    pub async fn of(app: &App, organization: OrganizationId, placed: Placed) -> Outcome<Self> {
        let titles = titles_in(app, organization, placed.placement.course_id).await?;
        Self::titled(&titles, placed)
    }

    fn titled(titles: &Titles, placed: Placed) -> Outcome<Self> {
        let Placed { placement, rule } = placed;
        Ok(Self {
            id: placement.id,
            achievement_id: placement.achievement_id,
            version_id: placement.achievement_version_id,
            course_id: placement.course_id,
            link_id: placement.link_id,
            state: placement.state,
            mode: placement.mode,
            report_score: placement::Settings::of(&placement).report_score,
            terms: TermsObject::of(Terms::of(&placement)?),
            rule_id: rule.id,
            rule_number: rule.number,
            sentence: Sentence::of(&rule.rule, titles)?,
            rule: Any(rule.rule),
            created_at: placement.created_at,
            updated_at: placement.updated_at,
        })
    }
}

impl Example for PlacementOut {
    fn example() -> Self {
        let none = || Sentence { en: String::new(), de: String::new() };
        Self {
            id: examples::placement(),
            achievement_id: examples::achievement(),
            version_id: examples::version(),
            course_id: Some(examples::course()),
            link_id: None,
            state: PlacementState::Live,
            mode: PlacementMode::Ever,
            report_score: false,
            terms: TermsObject::of(Terms::default()),
            rule_id: examples::rule(),
            rule_number: 1,
            rule: Any(example_rule()),
            sentence: Sentence::of(&example_rule(), &NoNames).unwrap_or_else(|_| none()),
            created_at: examples::time(),
            updated_at: examples::time(),
        }
    }
}

/// The titles that sentences of a course's or of the whole organization's placements need.
async fn titles_in(app: &App, organization: OrganizationId, course: Option<CourseId>) -> Outcome<Titles> {
    let Some(id) = course else { return Titles::everywhere(app, organization).await };
    let course = course::find(app, organization, id).await?;
    Titles::of(app, &course).await
}

/// One version of a placement's rule.
#[derive(Clone, Debug, Object)]
#[oai(example)]
pub struct RuleOut {
    /// Its id; awards name it.
    id: RuleId,
    /// Counts from 1.
    number: i32,
    /// The rule.
    rule: Any<Value>,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: chrono::DateTime<chrono::Utc>,
}

impl From<placement_rule::Model> for RuleOut {
    fn from(row: placement_rule::Model) -> Self {
        Self {
            id: row.id,
            number: row.number,
            rule: Any(row.rule),
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

impl Example for RuleOut {
    fn example() -> Self {
        Self {
            id: examples::rule(),
            number: 1,
            rule: Any(example_rule()),
            created_by: "command line".to_owned(),
            created_at: examples::time(),
        }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Placements;

#[OpenApi(prefix_path = "/placements", tag = "Tag::Placements")]
impl Placements {
    /// Place an achievement.
    ///
    /// In a course or in the whole organization, with its rule, as a draft or live.
    ///
    /// Scope: `place`.
    #[oai(path = "/", method = "post", operation_id = "placement_place")]
    async fn placement_place(
        &self,
        app: Data<&App>,
        may: MayPlace,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<PlacementIn>,
    ) -> Result<Created<PlacementOut>, WriteProblem> {
        let given = body.0;
        let new = NewPlacement {
            version: given.version_id,
            course: given.course_id,
            link: given.link_id,
            rule: given.rule.map(|rule| rule.0),
            mode: given.mode.unwrap_or(PlacementMode::Ever),
            live: given.live.unwrap_or(false),
        };
        let terms = given.terms.unwrap_or_default().read()?;
        let made = placement::place_on(&app, &may.caller, new, terms).await?;
        Ok(created(PlacementOut::of(&app, may.caller.organization, made).await?))
    }

    /// List placements.
    ///
    /// Newest first.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "placement_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn placement_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only in this course.
        course_id: Query<Option<CourseId>>,
        /// Only of this achievement.
        achievement_id: Query<Option<AchievementId>>,
        /// Only in this state.
        state: Query<Option<PlacementState>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<PlacementOut>>, ListProblem> {
        let organization = may.caller.organization;
        let filter = rows::Filter { course: course_id.0, achievement: achievement_id.0, state: state.0 };
        let page = rows::list(app.store.read(), organization, filter, asked(limit.0, cursor.0)).await?;
        let (mut items, mut titles) = (Vec::with_capacity(page.items.len()), HashMap::new());
        for placed in placement::with_rules(&app, organization, page.items).await? {
            let course = placed.placement.course_id;
            let titles = match titles.entry(course) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(titles_in(&app, organization, course).await?),
            };
            items.push(PlacementOut::titled(titles, placed)?);
        }
        Ok(Json(Listed { items, next: page.next }))
    }

    /// Fetch one placement.
    ///
    /// With its rule, as data and in words.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "placement_find")]
    async fn placement_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlacementId>,
    ) -> Result<Json<PlacementOut>, ReadProblem> {
        let found = placement::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, found).await?))
    }

    /// List the versions of a placement's rule.
    ///
    /// Newest first; awards keep the version they met.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/rules", method = "get", operation_id = "placement_rules")]
    async fn placement_rules(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlacementId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<RuleOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let id = placement::find(&app, organization, id.0).await?.placement.id;
        let page = rows::rules(app.store.read(), organization, id, asked(limit.0, cursor.0)).await?;
        Ok(listed(page, Into::into))
    }

    /// Change a placement's rule.
    ///
    /// A new version of the rule; everybody known is evaluated again under it.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/rule", method = "put", operation_id = "placement_set_rule")]
    async fn placement_set_rule(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlacementId>,
        body: Json<RuleIn>,
    ) -> Result<Json<PlacementOut>, WriteProblem> {
        let placed = placement::set_rule(&app, &may.caller, id.0, body.0.rule.0).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, placed).await?))
    }

    /// Move a placement along its life.
    ///
    /// From draft to live to ended, never back. Going live evaluates everybody already known.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/state", method = "put", operation_id = "placement_set_state")]
    async fn placement_set_state(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlacementId>,
        body: Json<StateIn>,
    ) -> Result<Json<PlacementOut>, WriteProblem> {
        let placed = placement::set_state(&app, &may.caller, id.0, body.0.state).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, placed).await?))
    }

    /// Change a placement's settings.
    ///
    /// With `report_score` the placement gets a column in its course's gradebook, and awards made before are
    /// reported, too; both soon after the answer.
    ///
    /// Scope: `place`.
    #[oai(path = "/:id/settings", method = "put", operation_id = "placement_set_settings")]
    async fn placement_set_settings(
        &self,
        app: Data<&App>,
        may: MayPlace,
        id: Path<PlacementId>,
        body: Json<SettingsIn>,
    ) -> Result<Json<PlacementOut>, WriteProblem> {
        let placed = placement::set_report(&app, &may.caller, id.0, body.0.report_score).await?;
        Ok(Json(PlacementOut::of(&app, may.caller.organization, placed).await?))
    }
}
