//! Issuers: Open Badges Profiles with their own DID and keys (design §2, §8).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, unscoped};
use crate::ids::{ArtworkId, IssuerId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "issuer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IssuerId,
    pub organization_id: OrganizationId,
    /// Global and immutable.
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The issuer's own web page.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// BCP 47.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Immutable: where its public documents live.
    #[sea_orm(column_type = "Text")]
    pub base_url: String,
    pub image_artwork_id: Option<ArtworkId>,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();
