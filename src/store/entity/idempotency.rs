//! Remembered answers of creating requests (design §9).

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
}
