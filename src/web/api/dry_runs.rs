//! Dry runs: whom a rule would award now, who lacks one thing, who is left out and why; nothing is written.

use criteria::{Language, Strength};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::{Any, Example},
};
use serde_json::Value;
use uuid::Uuid;

use super::{Tag, examples, page::asked, problems::WriteProblem, versions::example_rule};
use crate::{
    app::App,
    domain::{
        award::grant::strength_word,
        dry_run::{self, Asked, Group, Line, Proposal, Reason, Totals},
        evaluation::Excluded,
        weighing::Weighed,
    },
    error::Result as Outcome,
    ids::{AchievementVersionId, CourseId, LearnerId, OrganizationId, PlacementId},
    store::entity::placement::PlacementMode,
    web::who::MayRead,
};

/// A rule that is stored nowhere.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ProposalIn {
    /// The badge.
    version_id: AchievementVersionId,
    /// Where; the whole organization if left out.
    course_id: Option<CourseId>,
    /// The rule (`/schemas/rule.json`); the version's own if left out.
    rule: Option<Any<Value>>,
    /// Whether "met once" counts (`ever`, if left out) or it must hold (`standing`).
    mode: Option<PlacementMode>,
}

impl Example for ProposalIn {
    fn example() -> Self {
        Self {
            version_id: examples::version(),
            course_id: Some(examples::course()),
            rule: Some(Any(example_rule())),
            mode: None,
        }
    }
}

/// What to try with a placement, beside what is stored.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct DryRunIn {
    /// Another rule; the stored one if left out.
    rule: Option<Any<Value>>,
    /// Another mode; the stored one if left out.
    mode: Option<PlacementMode>,
}

impl Example for DryRunIn {
    fn example() -> Self {
        Self { rule: Some(Any(example_rule())), mode: None }
    }
}

/// Where somebody stands with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StandingOut {
    /// Would be awarded now.
    Now,
    /// Lacks one thing.
    Nearly,
    /// Lacks more.
    NotYet,
    /// Is never awarded by a rule.
    Excluded,
    /// Has the badge.
    Already,
}

impl From<StandingOut> for Group {
    fn from(out: StandingOut) -> Self {
        match out {
            StandingOut::Now => Self::Now,
            StandingOut::Nearly => Self::Nearly,
            StandingOut::NotYet => Self::NotYet,
            StandingOut::Excluded => Self::Excluded,
            StandingOut::Already => Self::Already,
        }
    }
}

impl From<Group> for StandingOut {
    fn from(group: Group) -> Self {
        match group {
            Group::Now => Self::Now,
            Group::Nearly => Self::Nearly,
            Group::NotYet => Self::NotYet,
            Group::Excluded => Self::Excluded,
            Group::Already => Self::Already,
        }
    }
}

/// Why somebody is never awarded by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ExcludedOut {
    /// The platform's test user.
    TestUser,
    /// Seen teaching or administering the course, now or once.
    Staff,
    /// Not in the course any more.
    Inactive,
    /// In the course as something else.
    OtherRole,
    /// A person took the badge back.
    Vetoed,
}

impl From<Excluded> for ExcludedOut {
    fn from(why: Excluded) -> Self {
        match why {
            Excluded::TestUser => Self::TestUser,
            Excluded::Staff => Self::Staff,
            Excluded::Inactive => Self::Inactive,
            Excluded::OtherRole => Self::OtherRole,
            Excluded::Vetoed => Self::Vetoed,
        }
    }
}

/// In which language reasons are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum LanguageIn {
    /// English.
    En,
    /// German.
    De,
}

/// How many people stand where.
#[derive(Clone, Debug, Object)]
pub struct TotalsOut {
    /// Everybody whom it concerns.
    checked: u64,
    /// Would be awarded now.
    now: u64,
    /// Lack one thing.
    nearly: u64,
    /// Lack more.
    not_yet: u64,
    /// Have the badge.
    already: u64,
    /// Of those who would not be awarded now: about whom something is not known.
    unknown: u64,
    /// Left out: the platform's test users.
    test_users: u64,
    /// Left out: seen teaching or administering.
    staff: u64,
    /// Left out: not in the course any more.
    inactive: u64,
    /// Left out: in the course as something else.
    other_roles: u64,
    /// Left out: a person took the badge back.
    vetoed: u64,
}

impl From<Totals> for TotalsOut {
    fn from(totals: Totals) -> Self {
        Self {
            checked: totals.checked,
            now: totals.now,
            nearly: totals.nearly,
            not_yet: totals.not_yet,
            already: totals.already,
            unknown: totals.unknown,
            test_users: totals.test_users,
            staff: totals.staff,
            inactive: totals.inactive,
            other_roles: totals.other_roles,
            vetoed: totals.vetoed,
        }
    }
}

/// A part of the rule that somebody has not met.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ReasonOut {
    /// The node's path in the rule.
    path: String,
    /// What is asked.
    text: String,
    /// What is missing, and what to do.
    note: Option<String>,
    /// Whether nobody knows, rather than that it is not so.
    is_unknown: bool,
}

impl From<Reason> for ReasonOut {
    fn from(reason: Reason) -> Self {
        let Reason { path, text, note, is_unknown } = reason;
        Self { path, text, note, is_unknown }
    }
}

/// One person.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct WeighedOut {
    /// Who.
    learner_id: LearnerId,
    /// The platform's name of them.
    sub: String,
    /// Their name, when the platform tells it.
    name: Option<String>,
    /// Where they stand.
    standing: StandingOut,
    /// Why they are left out.
    excluded: Option<ExcludedOut>,
    /// How much it proves, of who would be awarded: `weak`, `medium`, `strong` or `attested`.
    strength: Option<String>,
    /// When they met the rule.
    met_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What is missing, part by part.
    reasons: Vec<ReasonOut>,
}

impl WeighedOut {
    fn of(asked: &Asked, line: Line, language: Language) -> Self {
        let Line { learner, weighed } = line;
        let reasons = dry_run::reasons(asked, &weighed, language);
        let met = if let Weighed::Now(verdict) = &weighed { Some(verdict) } else { None };
        Self {
            learner_id: learner.id,
            sub: learner.sub,
            name: learner.name,
            standing: Group::of(&weighed).into(),
            excluded: if let Weighed::Excluded(why) = weighed { Some(why.into()) } else { None },
            strength: met
                .map(|verdict| strength_word(verdict.strength.unwrap_or(Strength::Weak).into()).to_owned()),
            met_at: met.and_then(|verdict| verdict.met_at),
            reasons: reasons.into_iter().map(Into::into).collect(),
        }
    }
}

/// What a dry run says, page by page.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct DryRunOut {
    /// How many people stand where; on the first page.
    totals: Option<TotalsOut>,
    /// The people.
    items: Vec<WeighedOut>,
    /// The `cursor` of the next page; absent on the last.
    next: Option<Uuid>,
}

impl Example for DryRunOut {
    fn example() -> Self {
        Self {
            totals: Some(
                Totals { checked: 213, now: 4, nearly: 12, not_yet: 197, ..Totals::default() }.into(),
            ),
            items: vec![WeighedOut {
                learner_id: examples::learner(),
                sub: "5f2e".to_owned(),
                name: Some("Zoë Łukasz".to_owned()),
                standing: StandingOut::Nearly,
                excluded: None,
                strength: None,
                met_at: None,
                reasons: vec![ReasonOut {
                    path: "node".to_owned(),
                    text: "Complete the course".to_owned(),
                    note: Some("Not completed as far as we know.".to_owned()),
                    is_unknown: false,
                }],
            }],
            next: None,
        }
    }
}

/// Which part of the people, and in which words.
struct Which {
    only: Option<StandingOut>,
    language: Option<LanguageIn>,
    limit: Option<u64>,
    cursor: Option<Uuid>,
}

async fn answer(app: &App, organization: OrganizationId, rule: &Asked, which: Which) -> Outcome<DryRunOut> {
    let totals = match which.cursor {
        None => Some(dry_run::totals(app, organization, rule).await?.into()),
        Some(_) => None,
    };
    let language = match which.language {
        Some(LanguageIn::De) => Language::German,
        Some(LanguageIn::En) | None => Language::English,
    };
    let query = asked(which.limit, which.cursor);
    let page = dry_run::list(app, organization, rule, which.only.map(Into::into), query).await?;
    let items = page.items.into_iter().map(|line| WeighedOut::of(rule, line, language)).collect();
    Ok(DryRunOut { totals, items, next: page.next })
}

/// The resource.
#[derive(Debug)]
pub struct DryRuns;

#[OpenApi(prefix_path = "/placements", tag = "Tag::Placements")]
impl DryRuns {
    /// Try a placement's rule on everybody.
    ///
    /// As it is stored, draft or live, or with another rule or mode: whom it would award now, who lacks one thing,
    /// who is left out, each with reasons; newest first. Nothing is written.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id/dry-run", method = "post", operation_id = "placement_dry_run")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn placement_dry_run(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlacementId>,
        /// Only who stands so.
        standing: Query<Option<StandingOut>>,
        /// In which language reasons are told; English if left out.
        language: Query<Option<LanguageIn>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<DryRunIn>,
    ) -> Result<Json<DryRunOut>, WriteProblem> {
        let organization = may.caller.organization;
        let rule = body.0.rule.map(|rule| rule.0);
        let asked = dry_run::with_rule(&app, organization, id.0, rule.as_ref(), body.0.mode).await?;
        let which = Which { only: standing.0, language: language.0, limit: limit.0, cursor: cursor.0 };
        Ok(Json(answer(&app, organization, &asked, which).await?))
    }

    /// Try a rule on everybody before anything is stored.
    ///
    /// Whom it would award now, who lacks one thing, who is left out, each with reasons; newest first. Nothing is
    /// written.
    ///
    /// Scope: `read`.
    #[oai(path = "/dry-run", method = "post", operation_id = "placement_dry_run_proposed")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn placement_dry_run_proposed(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only who stands so.
        standing: Query<Option<StandingOut>>,
        /// In which language reasons are told; English if left out.
        language: Query<Option<LanguageIn>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ProposalIn>,
    ) -> Result<Json<DryRunOut>, WriteProblem> {
        let organization = may.caller.organization;
        let proposal = Proposal {
            version: body.0.version_id,
            course: body.0.course_id,
            rule: body.0.rule.map(|rule| rule.0),
            mode: body.0.mode.unwrap_or(PlacementMode::Ever),
        };
        let asked = dry_run::proposed(&app, organization, &proposal).await?;
        let which = Which { only: standing.0, language: language.0, limit: limit.0, cursor: cursor.0 };
        Ok(Json(answer(&app, organization, &asked, which).await?))
    }
}
