//! Deployments: (platform, `deployment_id`); they carry the organization (design §2).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{DeploymentId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deployment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeploymentId,
    /// Empty while nobody has accepted it.
    pub organization_id: Option<OrganizationId>,
    pub platform_id: PlatformId,
    /// The platform's name for it.
    #[sea_orm(column_type = "Text")]
    pub deployment_id: String,
    pub state: DeploymentState,
    /// `tool_platform.guid`, where that names the customer of a cloud.
    #[sea_orm(column_type = "Text")]
    pub guid: Option<String>,
    /// The other guid for which it was frozen.
    #[sea_orm(column_type = "Text")]
    pub seen_guid: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// What we decided about a deployment.
    DeploymentState {
        /// Seen, not decided.
        Pending = "pending",
        /// It may launch.
        Accepted = "accepted",
        /// It may not.
        Refused = "refused",
        /// Its launches speak of another installation; an operator has to look.
        Frozen = "frozen",
    }
}
