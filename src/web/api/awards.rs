//! Awards: who earned what, why, and which documents say so.

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
    award_out::AwardOut,
    examples,
    learners::LearnerRef,
    page::{Created, Listed, asked, created, listed},
    problems::{ListProblem, ReadProblem, WriteProblem},
};
use crate::{
    app::App,
    domain::award::{
        self,
        manual::{self, EvidenceIn, NewAward},
        reissue, revoke, schedule,
    },
    ids::{AchievementId, AchievementVersionId, AwardId, IssuerId, LearnerId, PassId, PlacementId},
    store::{award as rows, entity::award::AwardState},
    web::who::{MayAward, MayRead},
};

/// A piece of evidence: at least one of its fields.
#[derive(Clone, Debug, Object)]
#[oai(deny_unknown_fields, skip_serializing_if_is_none)]
pub struct EvidencePiece {
    /// Where it can be seen.
    url: Option<String>,
    /// What it is called.
    name: Option<String>,
    /// What it shows.
    narrative: Option<String>,
}

/// A person's decision to award.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AwardIn {
    /// What is awarded.
    version_id: AchievementVersionId,
    /// Who gets it.
    learner: LearnerRef,
    /// Words for the badge.
    narrative: Option<String>,
    /// What it rests on.
    #[oai(default)]
    evidence: Vec<EvidencePiece>,
    /// The placement on whose terms it is given: within its scope, in the period of `awarded_at`, until when it says.
    /// Left out, an achievement is given once for all of time.
    placement_id: Option<PlacementId>,
    /// The award period, for what is given again and no placement says in which.
    period: Option<String>,
    /// When it was earned; now if left out. Ahead of time the award is scheduled, and published then.
    awarded_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Why, for the audit only.
    reason: Option<String>,
    /// The person who decides; never the learner. Needed to give again what a person took back.
    by: Option<LearnerRef>,
}

impl Example for AwardIn {
    fn example() -> Self {
        Self {
            version_id: examples::version(),
            learner: LearnerRef {
                email: Some("linus@example.org".to_owned()),
                name: Some("Linus Berger".to_owned()),
                language: Some("de".to_owned()),
                ..LearnerRef::default()
            },
            narrative: Some("Showed the new class how the saw is used.".to_owned()),
            evidence: vec![EvidencePiece {
                url: Some("https://design.example.org/workshop/autumn".to_owned()),
                name: Some("Workshop day".to_owned()),
                narrative: None,
            }],
            placement_id: None,
            period: None,
            awarded_at: None,
            reason: Some("Completed on paper".to_owned()),
            by: Some(LearnerRef {
                email: Some("ruth.weber@example.org".to_owned()),
                name: Some("Ruth Weber".to_owned()),
                ..LearnerRef::default()
            }),
        }
    }
}

/// Why an award is revoked.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct RevocationIn {
    /// It becomes public: verifiers show it.
    reason: String,
}

impl Example for RevocationIn {
    fn example() -> Self {
        Self { reason: "Awarded by mistake".to_owned() }
    }
}

/// The right address of an award's holder.
#[derive(Clone, Debug, Object)]
#[oai(example, deny_unknown_fields)]
pub struct CorrectionIn {
    /// Where it is sent now.
    email: String,
}

impl Example for CorrectionIn {
    fn example() -> Self {
        Self { email: "grace.miller@example.org".to_owned() }
    }
}

/// The resource.
#[derive(Debug)]
pub struct Awards;

#[OpenApi(prefix_path = "/awards", tag = "Tag::Awards")]
impl Awards {
    /// Award by a person's decision.
    ///
    /// A learner has one current award of an achievement (409 `award.exists`); what a person took back, only a person
    /// who is named in `by` gives again (409 `award.vetoed`). Dated ahead it is `scheduled` until then.
    ///
    /// Scope: `award`.
    #[oai(path = "/", method = "post", operation_id = "award_create")]
    async fn award_create(
        &self,
        app: Data<&App>,
        may: MayAward,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<AwardIn>,
    ) -> Result<Created<AwardOut>, WriteProblem> {
        let given = body.0;
        let evidence = given.evidence.into_iter();
        let new = NewAward {
            version: given.version_id,
            learner: given.learner.parse()?,
            narrative: given.narrative,
            evidence: evidence
                .map(|piece| EvidenceIn { url: piece.url, name: piece.name, narrative: piece.narrative })
                .collect(),
            placement: given.placement_id,
            period: given.period,
            awarded_at: given.awarded_at,
            reason: given.reason,
            by: given.by.map(LearnerRef::parse).transpose()?,
        };
        let made = manual::create(&app, &may.caller, new).await?;
        Ok(created(AwardOut::whole(&app, made).await?))
    }

    /// List awards.
    ///
    /// Newest first, without verdicts and documents.
    ///
    /// Scope: `read`.
    #[oai(path = "/", method = "get", operation_id = "award_list")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the request")]
    async fn award_list(
        &self,
        app: Data<&App>,
        may: MayRead,
        /// Only this learner's.
        learner_id: Query<Option<LearnerId>>,
        /// Only of this achievement.
        achievement_id: Query<Option<AchievementId>>,
        /// Only of this placement.
        placement_id: Query<Option<PlacementId>>,
        /// Only of this issuer.
        issuer_id: Query<Option<IssuerId>>,
        /// Only in this state.
        state: Query<Option<AwardState>>,
        /// Only those that this pass made.
        pass_id: Query<Option<PassId>>,
        /// At most so many: 1 to 200; 50 if left out.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<u64>>,
        /// `next` of the page before.
        cursor: Query<Option<Uuid>>,
    ) -> Result<Json<Listed<AwardOut>>, ListProblem> {
        let filter = rows::Filter {
            learner: learner_id.0,
            achievement: achievement_id.0,
            placement: placement_id.0,
            issuer: issuer_id.0,
            state: state.0,
            pass: pass_id.0,
        };
        let asked = asked(limit.0, cursor.0);
        let page = rows::list(app.store.read(), may.caller.organization, filter, asked).await?;
        Ok(listed(page, Into::into))
    }

    /// Fetch one award.
    ///
    /// With the verdict it rests on and the addresses of its documents.
    ///
    /// Scope: `read`.
    #[oai(path = "/:id", method = "get", operation_id = "award_find")]
    async fn award_find(
        &self,
        app: Data<&App>,
        may: MayRead,
        id: Path<AwardId>,
    ) -> Result<Json<AwardOut>, ReadProblem> {
        let found = award::find(&app, may.caller.organization, id.0).await?;
        Ok(Json(AwardOut::whole(&app, found).await?))
    }

    /// Revoke an award.
    ///
    /// Reaches all its documents at once and has no undo; no rule awards it again until a person does.
    /// Revoking twice is revoking once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/revoke", method = "post", operation_id = "award_revoke")]
    async fn award_revoke(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<AwardId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<RevocationIn>,
    ) -> Result<Json<AwardOut>, WriteProblem> {
        let revoked = revoke::revoke(&app, &may.caller, id.0, &body.0.reason).await?;
        Ok(Json(AwardOut::whole(&app, revoked).await?))
    }

    /// Lift the veto of a revoked award.
    ///
    /// A person's revocation keeps rules from awarding the same again in that scope and period; this ends it, and its
    /// learner is looked at anew.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/lift-veto", method = "post", operation_id = "award_lift_veto")]
    async fn award_lift_veto(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<AwardId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<AwardOut>, WriteProblem> {
        let lifted = revoke::lift_veto(&app, &may.caller, id.0).await?;
        Ok(Json(AwardOut::whole(&app, lifted).await?))
    }

    /// Cancel an award before its time.
    ///
    /// Of a scheduled one; it can be given again. Cancelling twice is cancelling once.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/cancel", method = "post", operation_id = "award_cancel")]
    async fn award_cancel(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<AwardId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
    ) -> Result<Json<AwardOut>, WriteProblem> {
        let cancelled = schedule::cancel(&app, &may.caller, id.0).await?;
        Ok(Json(AwardOut::whole(&app, cancelled).await?))
    }

    /// Send an award to another address.
    ///
    /// Starts a new publication with new documents; the old ones say that they were replaced.
    ///
    /// Scope: `award`.
    #[oai(path = "/:id/correct", method = "post", operation_id = "award_correct")]
    async fn award_correct(
        &self,
        app: Data<&App>,
        may: MayAward,
        id: Path<AwardId>,
        #[oai(name = "Idempotency-Key")] _once: Header<Option<String>>,
        body: Json<CorrectionIn>,
    ) -> Result<Json<AwardOut>, WriteProblem> {
        let corrected = reissue::correct(&app, &may.caller, id.0, &body.0.email).await?;
        Ok(Json(AwardOut::whole(&app, corrected).await?))
    }
}
