//! RSA keys with which we sign for one platform: never for another, never badges (design §6.8).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{text_enum, unscoped};
use crate::ids::{PlatformId, PlatformKeyId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "platform_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlatformKeyId,
    pub platform_id: PlatformId,
    /// Unique on the server.
    #[sea_orm(column_type = "Text")]
    pub kid: String,
    /// Sealed by `vault`; never leaves it in clear.
    pub sealed_private: Vec<u8>,
    /// What the JWKS shows.
    #[sea_orm(column_type = "JsonBinary")]
    pub public_jwk: Json,
    pub state: PlatformKeyState,
    pub created_at: DateTime<Utc>,
    /// Published before, used from then on.
    pub activates_at: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

unscoped!();

impl Entity {
    /// Keys have no organization of their own: they start at their platform.
    pub fn of(platform: PlatformId) -> Select<Self> {
        Self::find().filter(Column::PlatformId.eq(platform))
    }
}

text_enum! {
    /// Where a platform's key is in its life.
    PlatformKeyState {
        /// Published, not used yet.
        Next = "next",
        /// Signs.
        Active = "active",
        /// Signs no more.
        Retired = "retired",
    }
}
