//! Queries over notices.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, sea_query::OnConflict,
};

use super::{
    Store, WriteTx,
    entity::notice::{Column, Entity, Model},
    rows,
};
use crate::{
    error::Result,
    ids::{DeploymentId, NoticeId, OrganizationId, PlatformId},
};

/// Records the notice; `false` when its id or its nonce is on record.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::new().do_nothing().to_owned();
    let recorded =
        Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(recorded > 0)
}

/// Whether a deployment sent a notice of this name before.
pub async fn is_known(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployment: DeploymentId,
    notice_id: &str,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::DeploymentId.eq(deployment))
        .filter(Column::NoticeId.eq(notice_id))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Whether a notice of this platform used that nonce.
pub async fn unscoped_is_used(
    db: &impl ConnectionTrait,
    platform: PlatformId,
    nonce_hash: &str,
) -> Result<bool, DbErr> {
    let used = Entity::unscoped()
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::NonceHash.eq(nonce_hash))
        .one(db)
        .await?;
    Ok(used.is_some())
}

/// The notices that told of a course as a copy, newest first: its origins are in `origins`.
pub async fn copies(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployment: DeploymentId,
    context_id: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::DeploymentId.eq(deployment))
        .filter(Column::ContextId.eq(context_id))
        .order_by_desc(Column::Id)
        .all(db)
        .await
}

/// Removes notices that came before `before`, but never one that told of a copied course: the course may be
/// opened for the first time much later. How many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all()
        .add(Column::Id.lt(NoticeId(rows::first_id_at(before))))
        .add(Column::ContextId.is_null());
    rows::prune::<Entity>(store, Column::Id, old).await
}
