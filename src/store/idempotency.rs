//! Queries over remembered answers (design §9). They are inserted in the transaction of the effect, so an
//! answer is remembered exactly when its effect is committed.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, sea_query::OnConflict,
};

use super::{
    Store, WriteTx,
    entity::idempotency::{Column, Entity, Model},
    rows,
};
use crate::{
    error::Result,
    ids::{ApiKeyId, IdempotencyId},
};

/// What was answered to this key before.
pub async fn find(db: &impl ConnectionTrait, owner: ApiKeyId, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::of(owner).filter(Column::Key.eq(key)).one(db).await
}

/// Remembers an answer; `false` when the key has one already: then roll back and read it. A rival in
/// flight is waited for (PostgreSQL) or comes first (`SQLite`).
pub async fn insert(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::Owner, Column::Key]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

/// Forgets answers older than `before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all().add(Column::Id.lt(IdempotencyId(rows::first_id_at(before))));
    rows::prune::<Entity>(store, Column::Id, old).await
}
