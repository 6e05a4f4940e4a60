//! Notices: what a platform told us without a browser. A row per notice, so that each counts once.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{DeploymentId, NoticeId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NoticeId,
    pub organization_id: OrganizationId,
    pub platform_id: PlatformId,
    pub deployment_id: DeploymentId,
    /// The platform's own name of it; unique with the deployment.
    #[sea_orm(column_type = "Text")]
    pub notice_id: String,
    /// Unique with the platform: makes the nonce single-use.
    #[sea_orm(column_type = "Text")]
    pub nonce_hash: String,
    /// As the protocol writes it: `LtiContextCopyNotice`.
    #[sea_orm(column_type = "Text")]
    pub notice_type: String,
    /// The new course's `context.id`, for copies.
    #[sea_orm(column_type = "Text")]
    pub context_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// Array of the context ids that the course was copied from, as the platform orders them.
    #[sea_orm(column_type = "JsonBinary")]
    pub origins: Json,
    pub happened_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
