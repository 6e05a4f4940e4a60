//! Queries over outcomes of asking platforms. They are written in batches (`app::Outcomes`), good and bad apart,
//! so that two processes do not write over each other's half.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, sea_query::OnConflict,
};

use super::{
    Store, WriteTx,
    entity::service_outcome::{Column, Entity, Model},
    rows,
};
use crate::{error::Result, ids::PlatformId};

/// Everything about some platforms, in a fixed order.
pub async fn of_platforms(db: &impl ConnectionTrait, platforms: &[PlatformId]) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped()
        .filter(Column::PlatformId.is_in(platforms.iter().copied()))
        .order_by_asc(Column::Service)
        .order_by_asc(Column::Deployment)
        .all(db)
        .await
}

/// Writes down a success, a failure, or both, as far as the row has them. Without a detail the known one stays.
pub async fn put(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    let mut columns = Vec::new();
    if row.succeeded_at.is_some() {
        columns.push(Column::SucceededAt);
    }
    if row.detail.is_some() {
        columns.push(Column::Detail);
    }
    if row.failed_at.is_some() {
        columns.extend([Column::FailedAt, Column::Trouble, Column::TroubleStatus, Column::TroubleWords]);
    }
    let known = OnConflict::columns([Column::PlatformId, Column::Deployment, Column::Service])
        .update_columns(columns)
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Removes what was last heard before `before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = |column: Column| Condition::any().add(column.is_null()).add(column.lt(before));
    let silent = Condition::all().add(old(Column::SucceededAt)).add(old(Column::FailedAt));
    rows::prune::<Entity>(store, Column::Id, silent).await
}
