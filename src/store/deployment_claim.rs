//! Queries over claim codes. Whoever enters one is known only by it: the lookup by hash is unscoped (design §7),
//! and the code says which organization it is.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, sea_query::Expr};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::deployment_claim::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{DeploymentClaimId, DeploymentId, OrganizationId},
};

/// The one with this hash, whatever became of it.
pub async fn unscoped_of_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::CodeHash.eq(hash)).one(db).await
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: DeploymentClaimId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of an organization's codes.
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

/// Uses a code up for a deployment; of two at once only one does.
pub async fn spend(
    tx: &WriteTx,
    organization: OrganizationId,
    id: DeploymentClaimId,
    deployment: DeploymentId,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::UsedAt, Expr::value(at))
        .col_expr(Column::DeploymentId, Expr::value(deployment))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(at))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes an unused code back; whether there was one.
pub async fn revoke(
    tx: &WriteTx,
    organization: OrganizationId,
    id: DeploymentClaimId,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::RevokedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(Column::UsedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Removes codes that ended before `before`, used or not; how many. What a used one did stays with the audit, as
/// long as that is kept.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    rows::prune::<Entity>(store, Column::Id, Condition::all().add(Column::ExpiresAt.lt(before))).await
}
