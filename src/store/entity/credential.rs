//! Credentials: one document of a generation, its exact bytes (design §2, §8).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{AwardId, CredentialId, GenerationId, IssuerId, IssuerKeyId, OrganizationId, StatusListId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// Public (v4).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CredentialId,
    pub organization_id: OrganizationId,
    pub generation_id: GenerationId,
    pub award_id: AwardId,
    pub issuer_id: IssuerId,
    pub kind: CredentialKind,
    /// Byte for byte what was signed or hosted.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    pub status_list_id: Option<StatusListId>,
    /// Never used twice within the list.
    pub status_index: Option<i32>,
    pub issuer_key_id: Option<IssuerKeyId>,
    pub valid_from: DateTime<Utc>,
    pub valid_until: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub revocation_reason: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Which standard's document.
    CredentialKind {
        /// An OB 2.0 hosted assertion.
        Ob2 = "ob2",
        /// An OB 3.0 credential.
        Ob3 = "ob3",
    }
}
