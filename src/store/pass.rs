//! Queries over passes. Whoever goes on with one holds its row first ([`lock`]).

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Expr,
};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::pass::{Column, Entity, Model, PassCause, PassState},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{CourseId, OrganizationId, PassId, PlacementId},
};

/// Which passes a list shows; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this course.
    pub course: Option<CourseId>,
    /// Of this placement alone.
    pub placement: Option<PlacementId>,
    /// In this state.
    pub state: Option<PassState>,
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: PassId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// Those of these ids, in no order.
pub async fn of_ids(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: Vec<PassId>,
) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: PassId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// A page of an organization's passes.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.course.map(|course| Column::CourseId.eq(course)))
        .add_option(filter.placement.map(|placement| Column::PlacementId.eq(placement)))
        .add_option(filter.state.map(|state| Column::State.eq(state)));
    page(db, Entity::of(organization).filter(wanted), Column::Id, query, |row| row.id.0).await
}

/// One of the same course and placement that has not begun, and is due by then but not before `from`: it will see
/// what another would.
pub async fn waiting(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    (course, placement): (Option<CourseId>, Option<PlacementId>),
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        // As written in the partial index, so that it can be used.
        .filter(Expr::cust("state IN ('waiting', 'weighing', 'awarding', 'undoing')"))
        .filter(Column::State.eq(PassState::Waiting))
        .filter(Column::Cause.ne(PassCause::Confirmed))
        .filter(course.map_or_else(|| Column::CourseId.is_null(), |course| Column::CourseId.eq(course)))
        .filter(
            placement
                .map_or_else(|| Column::PlacementId.is_null(), |placement| Column::PlacementId.eq(placement)),
        )
        .filter(Column::DueAt.lte(until))
        .filter(Column::DueAt.gte(from))
        .order_by_asc(Column::DueAt)
        .one(db)
        .await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Removes passes that ended before then, made no award and were not held; how many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all()
        .add(Column::EndedAt.lt(before))
        .add(Expr::cust("NOT EXISTS (SELECT 1 FROM award WHERE award.pass_id = pass.id)"))
        .add(Expr::cust("NOT EXISTS (SELECT 1 FROM hold WHERE hold.pass_id = pass.id)"))
        .add(Expr::cust("NOT EXISTS (SELECT 1 FROM bulk WHERE bulk.pass_id = pass.id)"));
    rows::prune::<Entity>(store, Column::Id, old).await
}
