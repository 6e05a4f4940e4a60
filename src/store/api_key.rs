//! Queries over API keys. The lookup by hash is unscoped (design §7): the key says which organization it is.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, sea_query::Expr};

use super::{
    Page, PageQuery, WriteTx,
    entity::api_key::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{ApiKeyId, OrganizationId};

/// The key with this hash, ended or not: whether it still counts is the caller's to see.
pub async fn unscoped_of_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Hash.eq(hash)).one(db).await
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: ApiKeyId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's keys.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Ends a key; `false` when the organization (empty: the server) has no such key that still counts.
pub async fn revoke(
    tx: &WriteTx,
    organization: Option<OrganizationId>,
    id: ApiKeyId,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let owner = match organization {
        Some(organization) => Column::OrganizationId.eq(organization),
        None => Column::OrganizationId.is_null(),
    };
    let done = Entity::unscoped_update()
        .col_expr(Column::RevokedAt, Expr::value(at))
        .filter(owner)
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes that a key was used, at most once a minute.
pub async fn touch(tx: &WriteTx, id: ApiKeyId, at: DateTime<Utc>) -> Result<(), DbErr> {
    let long_ago = Condition::any()
        .add(Column::LastUsedAt.is_null())
        .add(Column::LastUsedAt.lt(at - Duration::minutes(1)));
    Entity::unscoped_update()
        .col_expr(Column::LastUsedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(long_ago)
        .exec(tx)
        .await
        .map(drop)
}
