//! Launch records: one row per launch, also the anchor of its session (design §4).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{CourseId, LaunchId, LearnerId, LinkId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "launch_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LaunchId,
    /// Empty when refused before the deployment was known.
    pub organization_id: Option<OrganizationId>,
    pub platform_id: PlatformId,
    /// Unique with the platform: makes state and nonce single-use.
    #[sea_orm(column_type = "Text")]
    pub nonce_hash: String,
    /// `ok` or the code of the refusal.
    #[sea_orm(column_type = "Text")]
    pub outcome: String,
    /// What was checked and passed.
    #[sea_orm(column_type = "JsonBinary")]
    pub checks: Json,
    /// Names only, no values.
    #[sea_orm(column_type = "JsonBinary")]
    pub claim_names: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub warnings: Json,
    pub learner_id: Option<LearnerId>,
    pub course_id: Option<CourseId>,
    pub link_id: Option<LinkId>,
    #[sea_orm(column_type = "Text")]
    pub permission: String,
    #[sea_orm(column_type = "Text")]
    pub target: Option<String>,
    /// Of the session cookie, or `once:` and that of a code to be exchanged; the id alone grants nothing.
    #[sea_orm(column_type = "Text")]
    pub session_hash: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub correlation_id: String,
    pub created_at: DateTime<Utc>,
    /// Until then a replay must still be noticed.
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
