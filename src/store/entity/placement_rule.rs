//! Versions of placements' rules; old awards keep the one they met (design §5).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{OrganizationId, PlacementId, RuleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "placement_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RuleId,
    pub organization_id: OrganizationId,
    pub placement_id: PlacementId,
    /// Counts from 1 within the placement.
    pub number: i32,
    /// The filled rule.
    #[sea_orm(column_type = "JsonBinary")]
    pub rule: Json,
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
