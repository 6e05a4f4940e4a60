//! Picked links: what was sent to a platform as an answer to a pick, and which link came of it. A row per item.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{
    AchievementVersionId, CourseId, DeploymentId, LaunchId, LinkId, OrganizationId, PickedLinkId, PlacementId,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "picked_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PickedLinkId,
    pub organization_id: OrganizationId,
    /// The author's session.
    pub pick_id: LaunchId,
    pub deployment_id: DeploymentId,
    /// Empty when the platform did not say for which course.
    pub course_id: Option<CourseId>,
    /// The placement that is made when the link is first opened; it stands in the link's address.
    pub placement_id: PlacementId,
    pub achievement_version_id: AchievementVersionId,
    /// Of the token in the link's custom parameters; unique.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// The filled rule; the nil link in it is the link itself.
    #[sea_orm(column_type = "JsonBinary")]
    pub rule: Json,
    /// The most points of the column that was asked for with the link.
    pub column_maximum: Option<i32>,
    /// Whether the placement awards at once, or waits for somebody to confirm it.
    pub live: bool,
    /// The link that was opened first with the token.
    pub link_id: Option<LinkId>,
    pub claimed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
