//! Column seeds: whom a trigger column's platform has been told of, by a score without a number. Once each.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{ColumnSeedId, LearnerId, LineItemId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "column_seed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ColumnSeedId,
    pub organization_id: OrganizationId,
    pub line_item_id: LineItemId,
    pub learner_id: LearnerId,
    /// The code with which the platform refused this one person.
    #[sea_orm(column_type = "Text")]
    pub trouble: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
