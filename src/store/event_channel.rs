//! Queries over event channels. The lookup by hash is unscoped (design §7): the secret says which organization
//! it is.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use serde_json::Value;

use super::{
    Page, PageQuery, WriteTx,
    entity::event_channel::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{EventChannelId, OrganizationId};

/// The channel with this hash, ended or not: whether it still counts is the caller's to see.
pub async fn unscoped_of_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Hash.eq(hash)).one(db).await
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: EventChannelId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's channels.
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

/// Ends a channel; `false` when the organization has no such channel that still counts.
pub async fn revoke(
    tx: &WriteTx,
    organization: OrganizationId,
    id: EventChannelId,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::RevokedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Adds to a channel's counts what `add` makes of them.
pub async fn count(
    tx: &WriteTx,
    organization: OrganizationId,
    id: EventChannelId,
    last_heard_at: DateTime<Utc>,
    add: impl FnOnce(Value) -> Value,
) -> Result<(), DbErr> {
    let Some(row) = Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await? else {
        return Ok(());
    };
    Entity::update_of(organization)
        .col_expr(Column::Counts, Expr::value(add(row.counts)))
        .col_expr(Column::LastHeardAt, Expr::value(last_heard_at))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}
