//! Picks: what a platform asked an author to pick (deep linking), and what was answered. One per launch.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, DeploymentId, LaunchId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pick")]
pub struct Model {
    /// That of its launch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LaunchId,
    pub organization_id: OrganizationId,
    pub deployment_id: DeploymentId,
    /// Empty when the platform did not say for which course.
    pub course_id: Option<CourseId>,
    /// `lti::deep_linking::Settings`.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// Array of the versions that the author began here and nobody has approved.
    #[sea_orm(column_type = "JsonBinary")]
    pub drafts: Json,
    /// Of what the author sent, so that the same sent twice gets the same answer.
    #[sea_orm(column_type = "Text")]
    pub choice_hash: Option<String>,
    /// The signed answer, which is good for minutes only.
    #[sea_orm(column_type = "Text")]
    pub answer: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
