//! Unclaimed events: what was said of people nobody knows yet, until they appear or retention takes it; and what
//! was taken back before it came.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, EventChannelId, OrganizationId, UnclaimedEventId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unclaimed_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnclaimedEventId,
    pub organization_id: OrganizationId,
    pub channel_id: EventChannelId,
    /// In which course, as far as it is about one.
    pub course_id: Option<CourseId>,
    /// The sender's name for it.
    #[sea_orm(column_type = "Text")]
    pub source_id: String,
    /// SHA-256 of its content.
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    /// What was said, as it was read (`domain::event_channel::Item`).
    #[sea_orm(column_type = "JsonBinary")]
    pub event: Json,
    /// The sender took it back: should it come again, it does not count.
    pub is_voided: bool,
    pub heard_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
