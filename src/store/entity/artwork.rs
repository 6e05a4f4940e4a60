//! Pictures of issuers and achievements, each stored once per organization.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{ArtworkId, OrganizationId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "artwork")]
pub struct Model {
    /// Public (v4).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ArtworkId,
    pub organization_id: OrganizationId,
    /// Of the bytes, lower-case hex.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
    #[sea_orm(column_type = "Text")]
    pub media_type: String,
    pub bytes: Vec<u8>,
    pub source: ArtworkSource,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Where a picture came from.
    ArtworkSource {
        /// Somebody uploaded it.
        Upload = "upload",
        /// The built-in designer drew it.
        Design = "design",
    }
}
