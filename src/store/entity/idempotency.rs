//! Requests that were promised to be one, and what was answered (design §9).

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::unscoped;
use crate::ids::{ApiKeyId, IdempotencyId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IdempotencyId,
    pub owner: ApiKeyId,
    /// As the client sent it.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    /// The HTTP status answered.
    pub status: i16,
    /// `id` of what was made; `answer`, the answer to the letter, once there is one (`domain::once`).
    #[sea_orm(column_type = "JsonBinary")]
    pub body: Json,
    pub created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

unscoped!();

impl Entity {
    /// Answers belong to the key that asked.
    pub fn of(owner: ApiKeyId) -> Select<Self> {
        Self::find().filter(Column::Owner.eq(owner))
    }

    /// Only that key's are changed.
    pub fn update_of(owner: ApiKeyId) -> sea_orm::UpdateMany<Self> {
        Self::update_many().filter(Column::Owner.eq(owner))
    }
}
