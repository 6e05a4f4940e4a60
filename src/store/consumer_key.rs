//! Queries over LTI 1.1 consumer keys.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::consumer_key::{Column, Entity, Model},
    page::page,
};
use crate::ids::{ConsumerKeyId, OrganizationId, PlatformId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: ConsumerKeyId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// All of a platform that count, whoever owns them: kept in a cache, so whoever asks takes their organization's only.
pub async fn unscoped_of_platform(
    db: &impl ConnectionTrait,
    platform: PlatformId,
) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped()
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::RemovedAt.is_null())
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// A page of an organization's keys at a platform, newest first, without those removed.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select =
        Entity::of(organization).filter(Column::PlatformId.eq(platform)).filter(Column::RemovedAt.is_null());
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// The one of that name.
pub async fn of_name(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    key: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::PlatformId.eq(platform)).filter(Column::Key.eq(key)).one(db).await
}

/// Adds the key, or writes secret and end of the one that is there. The secret is sealed for the id: find the one of
/// the name first ([`of_name`]).
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Platform(row.platform_id)));
    let known = OnConflict::column(Column::Id)
        .update_columns([Column::SealedSecret, Column::UpdatedAt, Column::RemovedAt])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await.map(drop)
}
