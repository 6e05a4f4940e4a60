//! Awards: the decision that a learner earned an achievement (design §2, §6).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{
    AchievementId, AchievementVersionId, AwardId, IssuerId, LearnerId, OrganizationId, PassId, PlacementId,
    RuleId,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "award")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AwardId,
    pub organization_id: OrganizationId,
    pub achievement_id: AchievementId,
    pub achievement_version_id: AchievementVersionId,
    pub issuer_id: IssuerId,
    pub placement_id: Option<PlacementId>,
    pub rule_id: Option<RuleId>,
    /// What may be had once per learner and period: the achievement by default, or course or placement.
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    pub learner_id: LearnerId,
    /// `''` when there is none.
    #[sea_orm(column_type = "Text")]
    pub period: String,
    pub state: AwardState,
    /// A rank of strength (`criteria`), higher is stronger.
    pub strength: i16,
    /// Why, as evaluated.
    #[sea_orm(column_type = "JsonBinary")]
    pub verdict: Json,
    pub origin: AwardOrigin,
    #[sea_orm(column_type = "Text")]
    pub granted_by: String,
    #[sea_orm(column_type = "Text")]
    pub narrative: Option<String>,
    /// Array.
    #[sea_orm(column_type = "JsonBinary")]
    pub evidence: Json,
    /// When it was earned.
    pub awarded_at: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    /// The newest generation's number, 0 before the first.
    pub generation: i32,
    #[sea_orm(column_type = "Text")]
    pub claim_token_hash: String,
    /// Sealed by `vault`, so that mails can repeat it.
    pub claim_token_sealed: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub share_token: String,
    /// The owner made the share page public.
    pub published: bool,
    pub revoked_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub revoked_by: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub revocation_reason: Option<String>,
    /// A person revoked it: no automatic award of the same (scope, learner, period) until lifted.
    pub veto: bool,
    #[sea_orm(column_type = "Text")]
    pub veto_lifted_by: Option<String>,
    /// The pass that made it; empty when it came of a single evaluation or a person's decision.
    pub pass_id: Option<PassId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether its holder has it now, be it that its documents still wait for an address.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(self.state, AwardState::Active | AwardState::WaitingForAddress)
    }

    /// Whether its holder has it, or will in its time.
    #[must_use]
    pub fn stands(&self) -> bool {
        !matches!(self.state, AwardState::Revoked | AwardState::Expired)
    }

    /// Whether a person took it back, and nobody has lifted that.
    #[must_use]
    pub fn is_vetoed(&self) -> bool {
        self.state == AwardState::Revoked && self.veto && self.veto_lifted_by.is_none()
    }
}

scoped!();
unscoped!();

text_enum! {
    /// Where an award is in its life.
    AwardState {
        /// A person decided it ahead of its time.
        Scheduled = "scheduled",
        /// Decided; documents follow when an address is known.
        WaitingForAddress = "waiting_for_address",
        /// Its documents are out.
        Active = "active",
        /// A person took it back.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
    }

    /// Who decided.
    AwardOrigin {
        /// A rule.
        Automatic = "automatic",
        /// A person.
        Manual = "manual",
        /// Another system, earlier.
        Import = "import",
    }
}
