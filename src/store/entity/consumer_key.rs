//! Consumer keys: what LTI 1.1 had in the place of a registration, kept to prove a platform's past
//! (lti-1.3-tool §22).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{ConsumerKeyId, OrganizationId, PlatformId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consumer_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsumerKeyId,
    pub organization_id: OrganizationId,
    pub platform_id: PlatformId,
    /// `oauth_consumer_key`; unique with platform and organization.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// Sealed by `vault`; never leaves it in clear. Empty inside once the key is removed.
    pub sealed_secret: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Proves nothing any more.
    pub removed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
