//! Queries over generations. Revoking one is in [`super::credential`], because it takes its documents along.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _};

use super::{
    WriteTx,
    entity::generation::{Column, Entity, Model},
    rows,
};
use crate::ids::{AwardId, GenerationId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: GenerationId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by its number within the award.
pub async fn of_number(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    award: AwardId,
    number: i32,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::AwardId.eq(award)).filter(Column::Number.eq(number)).one(db).await
}

/// All of an award's, newest first.
pub async fn of_award(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    award: AwardId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::AwardId.eq(award)).order_by_desc(Column::Number).all(db).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Adds many.
pub async fn insert_many(tx: &WriteTx, many: Vec<Model>) -> Result<(), DbErr> {
    rows::insert_many(tx, many).await
}
