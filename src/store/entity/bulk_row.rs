//! Rows of bulks: what was given, and what became of it.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{AwardId, BulkId, BulkRowId, LearnerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BulkRowId,
    pub organization_id: OrganizationId,
    pub bulk_id: BulkId,
    /// From 1: the line of a CSV file, the place in a list.
    pub number: i32,
    pub state: BulkRowState,
    #[sea_orm(column_type = "JsonBinary")]
    pub given: Json,
    pub learner_id: Option<LearnerId>,
    pub award_id: Option<AwardId>,
    /// Why it was refused.
    #[sea_orm(column_type = "Text")]
    pub code: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub words: Option<String>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// What became of a row.
    BulkRowState {
        /// Nothing yet.
        Waiting = "waiting",
        /// It was awarded.
        Awarded = "awarded",
        /// It will be awarded in its time.
        Scheduled = "scheduled",
        /// The learner had it, or another row gave it.
        Already = "already",
        /// It cannot be awarded.
        Refused = "refused",
    }
}
