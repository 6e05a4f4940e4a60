//! Queries over bulks and their rows.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::{
        bulk::{BulkState, Column, Entity, Model},
        bulk_row::{self as row, BulkRowState},
    },
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{BulkId, OrganizationId},
};

/// How many rows of a bulk are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// In this state.
    pub state: BulkRowState,
    /// So many.
    pub rows: i64,
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: BulkId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: BulkId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// A page of an organization's; none that is still being uploaded.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::State.ne(BulkState::Receiving));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Writes it anew; `false` when it is not there.
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Adds rows.
pub async fn insert_rows(tx: &WriteTx, rows: Vec<row::Model>) -> Result<(), DbErr> {
    rows::insert_many(tx, rows).await
}

/// Writes outcomes of rows.
pub async fn update_rows(tx: &WriteTx, rows: Vec<row::Model>) -> Result<(), DbErr> {
    rows::upsert_many(tx, rows, outcome).await.map(drop)
}

/// The next rows in one of these states after a number.
pub async fn next_rows(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    bulk: BulkId,
    states: &[BulkRowState],
    after: i32,
    limit: u64,
) -> Result<Vec<row::Model>, DbErr> {
    let mut select = row::Entity::of(organization)
        .filter(row::Column::BulkId.eq(bulk))
        .filter(row::Column::Number.gt(after));
    if !states.is_empty() {
        select = select.filter(row::Column::State.is_in(states.iter().copied()));
    }
    select.order_by_asc(row::Column::Number).limit(limit).all(db).await
}

/// A page of a bulk's rows, in one state if named, newest (last) first.
pub async fn list_rows(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    bulk: BulkId,
    state: Option<BulkRowState>,
    query: PageQuery,
) -> Result<Page<row::Model>, DbErr> {
    let mut select = row::Entity::of(organization).filter(row::Column::BulkId.eq(bulk));
    if let Some(state) = state {
        select = select.filter(row::Column::State.eq(state));
    }
    page(db, select, row::Column::Id, query, |row| row.id.0).await
}

/// How many rows are in which state.
pub async fn counts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    bulk: BulkId,
) -> Result<Vec<Count>, DbErr> {
    row::Entity::of(organization)
        .select_only()
        .column(row::Column::State)
        .column_as(row::Column::Id.count(), "rows")
        .filter(row::Column::BulkId.eq(bulk))
        .group_by(row::Column::State)
        .into_model()
        .all(db)
        .await
}

/// Lets what was refused be worked on again, but for rows that are wrong in themselves; how many.
pub async fn again(
    tx: &WriteTx,
    organization: OrganizationId,
    bulk: BulkId,
    now: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let done = row::Entity::update_of(organization)
        .col_expr(row::Column::State, Expr::value(BulkRowState::Waiting))
        .col_expr(row::Column::Code, Expr::value(None::<String>))
        .col_expr(row::Column::Words, Expr::value(None::<String>))
        .col_expr(row::Column::UpdatedAt, Expr::value(now))
        .filter(row::Column::BulkId.eq(bulk))
        .filter(row::Column::State.eq(BulkRowState::Refused))
        .filter(row::Column::Code.not_like("row.%"))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Removes an upload that came to nothing or whose time is over with its rows, a chunk per transaction; none that is
/// worked on.
///
/// # Errors
/// Internal when the database fails.
pub async fn discard(store: &Store, organization: OrganizationId, id: BulkId) -> Result<()> {
    let found = find(store.read(), organization, id).await?;
    if found.is_some_and(|bulk| bulk.state == BulkState::Running) {
        return Ok(());
    }
    let of_bulk =
        Condition::all().add(row::Column::OrganizationId.eq(organization)).add(row::Column::BulkId.eq(id));
    super::prune::<row::Entity>(store, row::Column::Id, of_bulk).await?;
    let tx = store.write().await?;
    Entity::delete_of(organization)
        .filter(Column::Id.eq(id))
        .filter(Column::State.ne(BulkState::Running))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// Some of those that ended before `before`, and of uploads that began before `abandoned` and never ended: whoever sent
/// them is gone.
pub async fn unscoped_over(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    abandoned: DateTime<Utc>,
) -> Result<Vec<Model>, DbErr> {
    let ended = Condition::all().add(Column::State.ne(BulkState::Running)).add(Column::EndedAt.lt(before));
    let given_up =
        Condition::all().add(Column::State.eq(BulkState::Receiving)).add(Column::UpdatedAt.lt(abandoned));
    Entity::unscoped().filter(Condition::any().add(ended).add(given_up)).limit(64).all(db).await
}

fn outcome() -> OnConflict {
    OnConflict::column(row::Column::Id)
        .update_columns([
            row::Column::State,
            row::Column::LearnerId,
            row::Column::AwardId,
            row::Column::Code,
            row::Column::Words,
            row::Column::UpdatedAt,
        ])
        .to_owned()
}
