//! Keys of the API. Without organization: a server key (design §9).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{ApiKeyId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    /// Empty: only creates organizations and shared platforms.
    pub organization_id: Option<OrganizationId>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The part people may see.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// Of the whole key.
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    /// Array of strings.
    #[sea_orm(column_type = "JsonBinary")]
    pub scopes: Json,
    /// How much the events it sends prove: a rank of strength (`criteria`), never attested.
    pub event_strength: i16,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
