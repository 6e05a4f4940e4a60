//! What a platform granted when it registered us by itself (lti-1.3-tool §20.4); at most one row per platform.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::unscoped;
use crate::ids::PlatformId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "platform_registration")]
pub struct Model {
    /// The platform's own id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlatformId,
    /// `product_family_code`, as sent.
    #[sea_orm(column_type = "Text")]
    pub product: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub version: Option<String>,
    /// Array of strings.
    #[sea_orm(column_type = "JsonBinary")]
    pub scopes: Json,
    /// Array of `{type, placements}`.
    #[sea_orm(column_type = "JsonBinary")]
    pub messages: Json,
    /// Somebody had to switch the tool on over there.
    pub awaits_activation: bool,
    /// Array of `{code, about}`: what was odd.
    #[sea_orm(column_type = "JsonBinary")]
    pub warnings: Json,
    pub registered_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

unscoped!();

impl Entity {
    /// Registrations have no organization of their own: they start at their platform.
    pub fn of(platform: PlatformId) -> Select<Self> {
        Self::find().filter(Column::Id.eq(platform))
    }
}
