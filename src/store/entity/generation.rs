//! Generations: publications of an award (design §2). Documents never change; corrections start another.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{AwardId, GenerationId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "generation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GenerationId,
    pub organization_id: OrganizationId,
    pub award_id: AwardId,
    /// Counts from 1 within the award.
    pub number: i32,
    /// As in the OB 2.0 assertion.
    #[sea_orm(column_type = "Text")]
    pub recipient_hash: String,
    #[sea_orm(column_type = "Text")]
    pub salt: String,
    /// The delivery address, sealed by `vault`.
    pub recipient_sealed: Vec<u8>,
    pub published_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub revocation_reason: Option<String>,
    pub replaced_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
