//! Placements: an achievement version put into a course, or into the whole organization.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum};
use crate::ids::{AchievementId, AchievementVersionId, CourseId, LinkId, OrganizationId, PlacementId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "placement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlacementId,
    pub organization_id: OrganizationId,
    pub achievement_id: AchievementId,
    pub achievement_version_id: AchievementVersionId,
    /// Empty: the whole organization.
    pub course_id: Option<CourseId>,
    /// Set when deep-linked.
    pub link_id: Option<LinkId>,
    pub state: PlacementState,
    pub mode: PlacementMode,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// The placement of which this one was prepared as a copy.
    pub copied_from_id: Option<PlacementId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();

text_enum! {
    /// Where a placement is in its life.
    PlacementState {
        /// Being written; awards nothing.
        Draft = "draft",
        /// Awards.
        Live = "live",
        /// Awards no more.
        Ended = "ended",
    }

    /// What "met" means over time (design §5).
    PlacementMode {
        /// Met at some moment counts.
        Ever = "ever",
        /// Must hold after settling.
        Standing = "standing",
    }
}
