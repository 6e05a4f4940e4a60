//! Links: LTI resource links.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::scoped;
use crate::ids::{CourseId, DeploymentId, LinkId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LinkId,
    pub organization_id: OrganizationId,
    pub deployment_id: DeploymentId,
    pub course_id: Option<CourseId>,
    /// The platform's name for it.
    #[sea_orm(column_type = "Text")]
    pub resource_link_id: String,
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// The column that the platform has coupled to it, as its newest launch says.
    #[sea_orm(column_type = "Text")]
    pub line_item_url: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
