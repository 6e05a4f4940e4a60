//! Queries over requests that were promised to be one (design §9). A row is inserted in the transaction of the
//! effect, so it is there exactly when the effect is committed; the answer is added to it afterwards.

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

/// Remembers a request; `false` when the key is taken: then roll back and read it. A rival in
/// flight is waited for (PostgreSQL) or comes first (`SQLite`).
pub async fn insert(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::Owner, Column::Key]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

/// Writes the row anew; `false` when its owner has none of that id.
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.owner).filter(Column::Id.eq(row.id)), row).await
}

/// Forgets answers older than `before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all().add(Column::Id.lt(IdempotencyId(rows::first_id_at(before))));
    rows::prune::<Entity>(store, Column::Id, old).await
}
