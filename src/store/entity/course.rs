//! Courses: LTI contexts.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, DeploymentId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CourseId,
    pub organization_id: OrganizationId,
    pub deployment_id: DeploymentId,
    /// The platform's name for it.
    #[sea_orm(column_type = "Text")]
    pub context_id: String,
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub label: Option<String>,
    /// Addresses of AGS, NRPS and others that the platform offered here.
    #[sea_orm(column_type = "JsonBinary")]
    pub services: Json,
    /// The course whose placements were prepared here as drafts, once.
    pub copied_from_id: Option<CourseId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
