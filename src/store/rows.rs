//! The four ways rows are written by nouns: one, many, many that may be known, and a whole row anew. How one of
//! several replicas takes a row for itself. And how old ones go.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter as _, UpdateMany,
    sea_query::{Expr, OnConflict},
};

use super::{Store, WriteTx, entity::delete_chunk};
use crate::error::Result;

/// `SQLite` takes 32,766 values in a statement and PostgreSQL 65,535; our widest table has 30 columns.
pub const AT_ONCE: usize = 512;
/// Rows that retention removes in one transaction.
const PRUNED_AT_ONCE: u64 = 512;

/// Adds one row.
pub async fn insert<M, E, A>(tx: &WriteTx, row: M) -> Result<(), DbErr>
where
    M: ModelTrait<Entity = E> + IntoActiveModel<A>,
    E: EntityTrait<Model = M>,
    A: ActiveModelTrait<Entity = E>,
{
    E::insert(row.into_active_model()).exec_without_returning(tx).await.map(drop)
}

/// Adds rows, one statement for up to [`AT_ONCE`].
pub async fn insert_many<M, E, A>(tx: &WriteTx, rows: Vec<M>) -> Result<(), DbErr>
where
    M: ModelTrait<Entity = E> + IntoActiveModel<A>,
    E: EntityTrait<Model = M>,
    A: ActiveModelTrait<Entity = E> + Send,
{
    for rows in chunks(rows) {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Adds rows or does with those that are there as `known` says; those added or changed, as they are then, in no
/// order. One statement cannot change a row twice: each may be meant once.
pub async fn upsert_many<M, E, A>(
    tx: &WriteTx,
    rows: Vec<M>,
    known: fn() -> OnConflict,
) -> Result<Vec<M>, DbErr>
where
    M: ModelTrait<Entity = E> + IntoActiveModel<A>,
    E: EntityTrait<Model = M>,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let mut stored = Vec::with_capacity(rows.len());
    for rows in chunks(rows) {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        stored.extend(E::insert_many(rows).on_conflict(known()).exec_with_returning(tx).await?);
    }
    Ok(stored)
}

/// Writes every column of `row` into the row that `start` chooses; whether there was one.
pub async fn update<M, E, A>(tx: &WriteTx, start: UpdateMany<E>, row: M) -> Result<bool, DbErr>
where
    M: ModelTrait<Entity = E> + IntoActiveModel<A>,
    E: EntityTrait<Model = M>,
    A: ActiveModelTrait<Entity = E>,
{
    let done = start.set(row.into_active_model().reset_all()).exec(tx).await?;
    Ok(done.rows_affected > 0)
}

/// Takes the row that `start` chooses for oneself until `until`; `false` while somebody else has it, and when there is
/// none.
pub async fn take<E: EntityTrait>(
    tx: &WriteTx,
    start: UpdateMany<E>,
    busy_until: impl ColumnTrait,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let free = Condition::any().add(busy_until.is_null()).add(busy_until.lte(now));
    let taken = start.col_expr(busy_until, Expr::value(until)).filter(free).exec(tx).await?;
    Ok(taken.rows_affected > 0)
}

/// Cuts rows into what one statement takes.
pub fn chunks<M>(rows: Vec<M>) -> impl Iterator<Item = Vec<M>> {
    let mut rows = rows.into_iter().peekable();
    std::iter::from_fn(move || {
        rows.peek()?;
        Some(rows.by_ref().take(AT_ONCE).collect())
    })
}

/// Removes the rows that match, a chunk per transaction so that nobody waits long; how many went.
pub async fn prune<E: EntityTrait>(store: &Store, id: impl ColumnTrait, which: Condition) -> Result<u64> {
    let mut gone = 0;
    loop {
        let tx = store.write().await?;
        let now_gone = delete_chunk::<E>(&tx, id, which.clone(), PRUNED_AT_ONCE).await?;
        tx.commit().await?;
        gone += now_gone;
        if now_gone < PRUNED_AT_ONCE {
            return Ok(gone);
        }
    }
}

/// The smallest row id (v7) of a moment: ids below it are older.
pub fn first_id_at(at: DateTime<Utc>) -> uuid::Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
