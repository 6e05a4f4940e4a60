//! Approvals: who waits for people, and what people decide (`domain::approval`).

use criteria::{Explained, Language, Names, explain};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
    types::Example,
};
use uuid::Uuid;

use super::{
    Tag, examples,
    learners::LearnerRef,
    page::{Listed, asked, listed},
    problems::{ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::{
        approval::{self, Approver, Decided, Of, Settled, Waiting, Wanted},
        course::{self, Titles},
        learner::NO_PLATFORM,
        placement,
    },
    error::Result as Outcome,
    ids::{AchievementId, AchievementVersionId, AwardId, CourseId, LearnerId, OrganizationId, PlacementId},
    store::{PageQuery, entity::learner},
    web::who::{MayApprove, MayRead},
};

/// What came of a part of a rule.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PartOutcome {
    /// It is so.
    Met,
    /// It is not so.
    NotMet,
    /// Nobody knows yet.
    Unknown,
}

/// A part of a rule, and how it stands.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct PartOut {
    /// Where it is in the rule.
    path: String,
    /// How it stands.
    outcome: PartOutcome,
    /// What is asked.
    text: String,
    /// How it was met, or what is missing and what to do.
    note: Option<String>,
}

/// How a rule stands, in words, part by part; groups before their members.
#[derive(Clone, Debug, Object)]
pub struct ExplainedOut {
    /// In English.
    en: Vec<PartOut>,
    /// In German.
    de: Vec<PartOut>,
}

impl ExplainedOut {
    fn of(wanted: &Wanted, names: &dyn Names) -> Self {
        let lines = |language| {
            let mut lines = Vec::new();
            flatten(&explain(&wanted.verdict, &wanted.rule, language, names), &mut lines);
            lines
        };
        Self { en: lines(Language::English), de: lines(Language::German) }
    }
}

fn flatten(line: &Explained, into: &mut Vec<PartOut>) {
    into.push(PartOut {
        path: line.path.clone(),
        outcome: match line.outcome {
            criteria::Outcome::Met => PartOutcome::Met,
            criteria::Outcome::NotMet => PartOutcome::NotMet,
            criteria::Outcome::Unknown => PartOutcome::Unknown,
        },
        text: line.text.clone(),
        note: line.note.clone(),
    });
    for part in &line.of {
        flatten(part, into);
    }
}

/// What a person decided last.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DecisionOut {
    /// Their account.
    learner_id: Option<LearnerId>,
    /// Their name.
    name: Option<String>,
    /// For, or against.
    approves: bool,
    /// Their roles at that time.
    roles: Vec<String>,
    /// Why.
    note: Option<String>,
    /// When.
    at: chrono::DateTime<chrono::Utc>,
}

impl From<Decided> for DecisionOut {
    fn from(decided: Decided) -> Self {
        let Decided { by, approves, roles, note, at } = decided;
        let (learner_id, name) = by.map_or((None, None), |by| (Some(by.id), by.name));
        Self { learner_id, name, approves, roles, note, at }
    }
}

/// A badge that somebody waits for.
#[derive(Clone, Debug, Object)]
pub struct WantedOut {
    /// By which placement.
    placement_id: PlacementId,
    /// Which achievement.
    achievement_id: AchievementId,
    /// Which version of it.
    version_id: AchievementVersionId,
    /// How the rule stands, in words.
    explained: ExplainedOut,
    /// What was decided so far, each person's last, oldest first.
    decisions: Vec<DecisionOut>,
}

impl WantedOut {
    fn of(wanted: Wanted, names: &dyn Names) -> Self {
        Self {
            placement_id: wanted.placement.id,
            achievement_id: wanted.placement.achievement_id,
            version_id: wanted.placement.achievement_version_id,
            explained: ExplainedOut::of(&wanted, names),
            decisions: wanted.decisions.into_iter().map(Into::into).collect(),
        }
    }

    fn sample() -> Self {
        let part = |text: &str, note: &str| {
            let (path, outcome) = ("node".to_owned(), PartOutcome::NotMet);
            vec![PartOut { path, outcome, text: text.to_owned(), note: Some(note.to_owned()) }]
        };
        Self {
            placement_id: examples::placement(),
            achievement_id: examples::achievement(),
            version_id: examples::version(),
            explained: ExplainedOut {
                en: part("Be approved by a person", "Still needed: the approval of a person."),
                de: part(
                    "Von einer Person genehmigt werden",
                    "Noch nötig: die Genehmigung von einer Person.",
                ),
            },
            decisions: Vec::new(),
        }
    }
}

/// A learner who waits for people.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct AwaitingOut {
    /// Who.
    learner_id: LearnerId,
    /// Their name.
    name: Option<String>,
    /// `iss` of their platform; absent for people without one.
    platform_issuer_url: Option<String>,
    /// The platform's own id of them.
    sub: String,
    /// For which badges.
    wanted: Vec<WantedOut>,
}

impl Example for AwaitingOut {
    fn example() -> Self {
        Self {
            learner_id: examples::learner(),
            name: Some("Grace Miller".to_owned()),
            platform_issuer_url: Some("https://moodle.example.org".to_owned()),
            sub: "29123".to_owned(),
            wanted: vec![WantedOut::sample()],
        }
    }
}

impl AwaitingOut {
    fn of(waiting: Waiting, names: &dyn Names) -> Self {
        let learner::Model { id, name, platform_issuer_url, sub, .. } = waiting.learner;
        Self {
            learner_id: id,
            name,
            platform_issuer_url: Some(platform_issuer_url).filter(|url| url != NO_PLATFORM),
            sub,
            wanted: waiting.wanted.into_iter().map(|wanted| WantedOut::of(wanted, names)).collect(),
        }
    }
}

/// A person's decision on a learner.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ApprovalIn {
    /// On whom.
    learner_id: LearnerId,
    /// Who decides; never the learner.
    by: LearnerRef,
    /// Roles of whoever decides, as the rule names them, besides those known from the course.
    #[oai(default)]
    roles: Vec<String>,
    /// For, or against; it replaces what the same person decided before.
    approves: bool,
    /// Why.
    note: Option<String>,
}

impl Example for ApprovalIn {
    fn example() -> Self {
        Self {
            learner_id: examples::learner(),
            by: LearnerRef {
                email: Some("ruth.weber@example.org".to_owned()),
                name: Some("Ruth Weber".to_owned()),
                ..LearnerRef::default()
            },
            roles: vec!["examiner".to_owned()],
            approves: true,
            note: Some("Saw the piece, and it is well made.".to_owned()),
        }
    }
}

/// What a decision came to.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct SettledOut {
    /// The award that followed.
    award_id: Option<AwardId>,
    /// What the learner still waits for here, if for people only.
    waiting: Option<WantedOut>,
}

impl Example for SettledOut {
    fn example() -> Self {
        Self { award_id: None, waiting: Some(WantedOut::sample()) }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Approvals;

#[OpenApi(tag = "Tag::Approvals")]
impl Approvals {
    /// List who waits for people in a course.
    ///
    /// Everybody for whom all but people's approvals is met, or of whom something was read that may have happened
    /// outside of the time that counts, so that a person must decide: for each live badge of the course. In no
    /// particular order; a page may be short of `limit` and still have a `next`.
    ///
    /// Scope: `read`.
    #[oai(path = "/courses/:id/approvals", method = "get", operation_id = "course_approvals")]
    async fn course_approvals(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<CourseId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AwaitingOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let page = asked(limit.0, cursor.0);
        Ok(queue(&app, organization, Of::Course(id.0), Some(id.0), page).await?)
    }

    /// List who waits for people at a placement.
    ///
    /// As `course_approvals`, for one badge; of one for the whole organization, everybody.
    ///
    /// Scope: `read`.
    #[oai(path = "/placements/:id/approvals", method = "get", operation_id = "placement_approvals")]
    async fn placement_approvals(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<PlacementId>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AwaitingOut>>, ReadProblem> {
        let organization = may.caller.organization;
        let course = placement::find(&app, organization, id.0).await?.placement.course_id;
        let page = asked(limit.0, cursor.0);
        Ok(queue(&app, organization, Of::Placement(id.0), course, page).await?)
    }

    /// Approve or decline a learner.
    ///
    /// On behalf of a person, who is named and is never the learner, nor known to be the same person by another
    /// account. What they decide last counts, until they decide otherwise; the learner is evaluated at once. A decision
    /// also settles what was read up to now and may have happened outside of the time that counts. An award that was
    /// made stays: revoke it (`award_revoke`).
    ///
    /// Scope: `approve`.
    #[oai(path = "/placements/:id/approvals", method = "post", operation_id = "placement_decide")]
    async fn placement_decide(
        &self,
        app: Data<&App>,
        may: MayApprove,
        id: Path<PlacementId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<ApprovalIn>,
    ) -> Result<Json<SettledOut>, WriteProblem> {
        let ApprovalIn { learner_id, by, roles, approves, note } = body.0;
        let who = Approver::Named { person: by.parse()?, roles };
        let settled =
            approval::decide(&app, &may.caller, &who, id.0, learner_id, approves, note.as_deref()).await?;
        let Settled { award, wanted, .. } = settled;
        let waiting = match wanted {
            None => None,
            Some(wanted) => {
                let names = titles(&app, may.caller.organization, wanted.placement.course_id).await?;
                Some(WantedOut::of(wanted, &names))
            }
        };
        Ok(Json(SettledOut { award_id: award.map(|award| award.id), waiting }))
    }
}

async fn queue(
    app: &App,
    organization: OrganizationId,
    of: Of,
    course: Option<CourseId>,
    page: PageQuery,
) -> Outcome<Json<Listed<AwaitingOut>>> {
    let page = approval::waiting(app, organization, of, page).await?;
    let names = titles(app, organization, course).await?;
    Ok(listed(page, |waiting| AwaitingOut::of(waiting, &names)))
}

async fn titles(app: &App, organization: OrganizationId, course: Option<CourseId>) -> Outcome<Titles> {
    match course {
        Some(id) => Titles::of(app, &course::find(app, organization, id).await?).await,
        None => Titles::everywhere(app, organization).await,
    }
}
