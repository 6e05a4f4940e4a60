//! An award as the API shows it, in lists and whole.

use poem_openapi::{
    Object,
    types::{Any, Example},
};
use serde_json::{Value, json};

use super::examples;
use crate::{
    app::App,
    domain::{
        addresses,
        award::{self, grant::strength_word},
        issuer,
    },
    error::Result as Outcome,
    ids::{
        AchievementId, AchievementVersionId, AwardId, CredentialId, IssuerId, LearnerId, PlacementId, RuleId,
    },
    store::entity::{
        award::{self as entity, AwardOrigin, AwardState},
        credential::CredentialKind,
    },
};

/// A published document of an award.
#[derive(Clone, Debug, Object)]
pub struct DocumentOut {
    /// Its id.
    id: CredentialId,
    /// Which standard's.
    kind: CredentialKind,
    /// The publication it belongs to; the highest is in force.
    generation: i32,
    /// Where it is. An Open Badges 3.0 document answers 404 until its holder publishes it.
    url: String,
    /// It was revoked or replaced.
    revoked: bool,
}

/// An award.
#[derive(Clone, Debug, Object)]
#[oai(example, skip_serializing_if_is_none)]
pub struct AwardOut {
    /// Its id.
    id: AwardId,
    /// Which achievement.
    achievement_id: AchievementId,
    /// Which version of it.
    version_id: AchievementVersionId,
    /// Who issues it.
    issuer_id: IssuerId,
    /// Who holds it.
    learner_id: LearnerId,
    /// The placement whose rule was met.
    placement_id: Option<PlacementId>,
    /// The version of the rule that was met.
    rule_id: Option<RuleId>,
    /// Where it is in its life.
    state: AwardState,
    /// How well it is proven: weak, medium, strong or attested.
    strength: String,
    /// Who decided.
    origin: AwardOrigin,
    /// Words on the badge.
    narrative: Option<String>,
    /// The period that it was earned in, if its placement has periods.
    period: Option<String>,
    /// When it was earned.
    awarded_at: chrono::DateTime<chrono::Utc>,
    /// When it ends.
    valid_until: Option<chrono::DateTime<chrono::Utc>>,
    /// The newest publication's number; 0 before the first.
    generation: i32,
    /// Its holder made the share page public.
    published: bool,
    /// When it was revoked.
    revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Why.
    revocation_reason: Option<String>,
    /// When it was made.
    created_at: chrono::DateTime<chrono::Utc>,
    /// Why it was awarded, as evaluated; not in lists.
    verdict: Option<Any<Value>>,
    /// Its documents; not in lists.
    documents: Option<Vec<DocumentOut>>,
    /// Its share page, once published; not in lists.
    share_url: Option<String>,
}

impl From<entity::Model> for AwardOut {
    fn from(row: entity::Model) -> Self {
        Self {
            id: row.id,
            achievement_id: row.achievement_id,
            version_id: row.achievement_version_id,
            issuer_id: row.issuer_id,
            learner_id: row.learner_id,
            placement_id: row.placement_id,
            rule_id: row.rule_id,
            state: row.state,
            strength: strength_word(row.strength).to_owned(),
            origin: row.origin,
            narrative: row.narrative,
            period: Some(row.period).filter(|period| !period.is_empty()),
            awarded_at: row.awarded_at,
            valid_until: row.valid_until,
            generation: row.generation,
            published: row.published,
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
            created_at: row.created_at,
            verdict: None,
            documents: None,
            share_url: None,
        }
    }
}

impl AwardOut {
    /// With verdict and documents.
    pub async fn whole(app: &App, row: entity::Model) -> Outcome<Self> {
        let issuer = issuer::find(app, row.organization_id, row.issuer_id).await?;
        let published = award::published(app, row).await?;
        let (base, slug) = (&issuer.base_url, &issuer.slug);
        let documents = published
            .credentials
            .iter()
            .map(|document| DocumentOut {
                id: document.id,
                kind: document.kind,
                generation: published
                    .generations
                    .iter()
                    .find(|generation| generation.id == document.generation_id)
                    .map_or(0, |generation| generation.number),
                url: match document.kind {
                    CredentialKind::Ob2 => addresses::assertion(base, slug, document.id),
                    CredentialKind::Ob3 => addresses::credential(base, slug, document.id),
                },
                revoked: document.revoked_at.is_some(),
            })
            .collect();
        let row = published.award;
        let share_url = row
            .published
            .then(|| addresses::share(app.settings.server.public_url.as_str(), &row.share_token));
        let verdict = Some(row.verdict.clone()).filter(|verdict| !verdict.is_null()).map(Any);
        Ok(Self { verdict, documents: Some(documents), share_url, ..Self::from(row) })
    }
}

impl Example for AwardOut {
    fn example() -> Self {
        let document = |kind, url: String| DocumentOut {
            id: examples::credential(),
            kind,
            generation: 1,
            url,
            revoked: false,
        };
        let (base, slug) = ("https://badges.example.org", "school-of-design");
        Self {
            id: examples::award(),
            achievement_id: examples::achievement(),
            version_id: examples::version(),
            issuer_id: examples::issuer(),
            learner_id: examples::learner(),
            placement_id: None,
            rule_id: None,
            state: AwardState::Active,
            strength: "attested".to_owned(),
            origin: AwardOrigin::Manual,
            narrative: Some("Showed the new class how the saw is used.".to_owned()),
            period: None,
            awarded_at: examples::time(),
            valid_until: None,
            generation: 1,
            published: false,
            revoked_at: None,
            revocation_reason: None,
            created_at: examples::time(),
            verdict: Some(Any(json!({ "reason": "Completed on paper" }))),
            documents: Some(vec![document(
                CredentialKind::Ob2,
                addresses::assertion(base, slug, examples::credential()),
            )]),
            share_url: None,
        }
    }
}
