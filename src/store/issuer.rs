//! Queries over issuers and their keys.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, sea_query::Expr};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::{
        issuer::{Column, Entity, Model},
        issuer_key::{self, IssuerKeyState},
    },
    page::page,
    rows,
};
use crate::ids::{IssuerId, IssuerKeyId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: IssuerId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by its short name, which stands in public addresses.
pub async fn unscoped_of_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Slug.eq(slug)).one(db).await
}

/// A page of an organization's issuers.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), Column::Id, query, |row| row.id.0).await
}

/// Several by their ids, in no order.
pub async fn of_ids(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = IssuerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Writes the row anew; `false` when the organization has no such issuer.
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    tx.on_commit(Effect::Changed(Topic::Issuer(row.id)));
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// A page of an issuer's keys, newest first.
pub async fn list_keys(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
    query: PageQuery,
) -> Result<Page<issuer_key::Model>, DbErr> {
    let select = issuer_key::Entity::of(organization).filter(issuer_key::Column::IssuerId.eq(issuer));
    page(db, select, issuer_key::Column::Id, query, |row| row.id.0).await
}

/// Every key of an issuer, newest first.
pub async fn keys(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
) -> Result<Vec<issuer_key::Model>, DbErr> {
    issuer_key::Entity::of(organization)
        .filter(issuer_key::Column::IssuerId.eq(issuer))
        .order_by_desc(issuer_key::Column::Id)
        .all(db)
        .await
}

/// One key.
pub async fn key(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: IssuerKeyId,
) -> Result<Option<issuer_key::Model>, DbErr> {
    issuer_key::Entity::of(organization).filter(issuer_key::Column::Id.eq(id)).one(db).await
}

/// The key that signs now: the newest active one.
pub async fn active_key(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
) -> Result<Option<issuer_key::Model>, DbErr> {
    issuer_key::Entity::of(organization)
        .filter(issuer_key::Column::IssuerId.eq(issuer))
        .filter(issuer_key::Column::State.eq(IssuerKeyState::Active))
        .order_by_desc(issuer_key::Column::Id)
        .one(db)
        .await
}

/// Adds a key.
pub async fn insert_key(tx: &WriteTx, row: issuer_key::Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Issuer(row.issuer_id)));
    rows::insert(tx, row).await
}

/// Moves a key on in its life: `state` retired or compromised since `at`. Whether there was one.
pub async fn end_key(
    tx: &WriteTx,
    organization: OrganizationId,
    id: IssuerKeyId,
    state: IssuerKeyState,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let ended = issuer_key::Entity::update_of(organization)
        .col_expr(issuer_key::Column::State, Expr::value(state))
        .col_expr(issuer_key::Column::RetiredAt, Expr::value(at))
        .filter(issuer_key::Column::Id.eq(id))
        .exec_with_returning(tx)
        .await?;
    for key in &ended {
        tx.on_commit(Effect::Changed(Topic::Issuer(key.issuer_id)));
    }
    Ok(!ended.is_empty())
}
