//! Bulks: lists of awards that were uploaded.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{BulkId, OrganizationId, PassId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BulkId,
    pub organization_id: OrganizationId,
    pub state: BulkState,
    /// How many rows it has.
    pub total: i32,
    /// Which time its rows are worked on, from 1; jobs of another run do nothing.
    pub run: i32,
    #[sea_orm(column_type = "Text")]
    pub begun_by: String,
    /// The pass under which its newest run awards: by it that can be undone.
    pub pass_id: Option<PassId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Where a bulk is.
    BulkState {
        /// It is being uploaded.
        Receiving = "receiving",
        /// Its rows are worked on.
        Running = "running",
        /// Every row has an outcome.
        Done = "done",
        /// Somebody stopped it: the rows left wait for ever.
        Cancelled = "cancelled",
    }
}
