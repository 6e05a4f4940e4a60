//! Jobs: rows of the outbox. Only `outbox` reads and writes them.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{JobId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    pub organization_id: Option<OrganizationId>,
    /// As in the payload.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// `outbox::Payload`.
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Json,
    /// Unique while the row exists.
    #[sea_orm(column_type = "Text")]
    pub dedup_key: Option<String>,
    pub state: JobState,
    /// Tries begun.
    pub attempts: i32,
    pub max_attempts: i32,
    pub run_at: DateTime<Utc>,
    pub lease_until: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub lease_owner: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Where a job is in its life.
    JobState {
        /// Waits for its time.
        Ready = "ready",
        /// A worker has it.
        Leased = "leased",
        /// Ran.
        Done = "done",
        /// Failed for good; visible and retriable.
        Dead = "dead",
    }
}
