//! Queries over reconciles: when courses are due, and what became of each run. Of a course one runs at a time: the
//! database sees to it.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::{course, reconcile as schedule, reconcile_run as run},
    page::page,
    rows,
};
use crate::{
    error::Result as Outcome,
    ids::{CourseId, OrganizationId, ReconcileRunId},
};

/// The newest course of any organization that is scheduled.
pub async fn unscoped_newest(db: &impl ConnectionTrait) -> Result<Option<CourseId>, DbErr> {
    let newest = schedule::Entity::unscoped().order_by_desc(schedule::Column::CourseId).one(db).await?;
    Ok(newest.map(|row| row.course_id))
}

/// The next courses of any organization after one; all, or those before a moment.
pub async fn unscoped_after(
    db: &impl ConnectionTrait,
    after: Option<CourseId>,
    before: Option<DateTime<Utc>>,
    limit: u64,
) -> Result<Vec<course::Model>, DbErr> {
    let new = Condition::all()
        .add_option(after.map(|after| course::Column::Id.gt(after)))
        .add_option(before.map(|at| course::Column::Id.lt(CourseId(rows::first_id_at(at)))));
    course::Entity::unscoped().filter(new).order_by_asc(course::Column::Id).limit(limit).all(db).await
}

/// Adds schedules of courses that have none.
pub async fn schedule_many(tx: &WriteTx, new: Vec<schedule::Model>) -> Result<(), DbErr> {
    for new in rows::chunks(new) {
        let known = OnConflict::column(schedule::Column::CourseId).do_nothing().to_owned();
        let new = new.into_iter().map(schedule::Model::into_active_model);
        schedule::Entity::insert_many(new).on_conflict(known).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Those of any organization whose time has come, longest due first.
pub async fn unscoped_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<schedule::Model>, DbErr> {
    schedule::Entity::unscoped()
        .filter(schedule::Column::DueAt.lte(now))
        .order_by_asc(schedule::Column::DueAt)
        .limit(limit)
        .all(db)
        .await
}

/// Puts off one that is due; `false` when another replica did.
pub async fn put_off(tx: &WriteTx, row: &schedule::Model, next: DateTime<Utc>) -> Result<bool, DbErr> {
    let done = schedule::Entity::update_of(row.organization_id)
        .col_expr(schedule::Column::DueAt, Expr::value(next))
        .filter(schedule::Column::Id.eq(row.id))
        .filter(schedule::Column::DueAt.eq(row.due_at))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes that a course was reconciled.
pub async fn ended(
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    schedule::Entity::update_of(organization)
        .col_expr(schedule::Column::EndedAt, Expr::value(at))
        .filter(schedule::Column::CourseId.eq(course))
        .exec(tx)
        .await
        .map(drop)
}

/// How many run now, in all organizations: to which something has happened since a moment. The others are abandoned.
pub async fn unscoped_running(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<u64, DbErr> {
    run::Entity::unscoped()
        .filter(run::Column::EndedAt.is_null())
        .filter(run::Column::UpdatedAt.gt(since))
        .count(db)
        .await
}

/// Adds a run unless one of the course is under way; whether it was added.
pub async fn insert_if_free(tx: &WriteTx, row: run::Model) -> Result<bool, DbErr> {
    // Of a partial index the conflict cannot be named by its column alone, alike on both engines.
    let known = OnConflict::new().do_nothing().to_owned();
    let added =
        run::Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(added > 0)
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: ReconcileRunId,
) -> Result<Option<run::Model>, DbErr> {
    run::Entity::of(organization).filter(run::Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(
    tx: &WriteTx,
    organization: OrganizationId,
    id: ReconcileRunId,
) -> Result<Option<run::Model>, DbErr> {
    run::Entity::of(organization).filter(run::Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The one of a course that runs now.
pub async fn running(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Option<run::Model>, DbErr> {
    run::Entity::of(organization)
        .filter(run::Column::CourseId.eq(course))
        .filter(run::Column::EndedAt.is_null())
        .one(db)
        .await
}

/// A page of a course's.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<run::Model>, DbErr> {
    let select = run::Entity::of(organization).filter(run::Column::CourseId.eq(course));
    page(db, select, run::Column::Id, query, |row| row.id.0).await
}

/// The newest of a course that has ended.
pub async fn newest_ended(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Option<run::Model>, DbErr> {
    run::Entity::of(organization)
        .filter(run::Column::CourseId.eq(course))
        .filter(run::Column::EndedAt.is_not_null())
        .order_by_desc(run::Column::Id)
        .one(db)
        .await
}

/// Writes the row anew. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: run::Model) -> Result<bool, DbErr> {
    let at = run::Entity::update_of(row.organization_id).filter(run::Column::Id.eq(row.id));
    rows::update(tx, at, row).await
}

/// Removes runs that ended before `before`; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Outcome<u64> {
    let old = Condition::all().add(run::Column::EndedAt.lt(before));
    rows::prune::<run::Entity>(store, run::Column::Id, old).await
}

/// Makes every scheduled course of every organization due now; how many there are.
pub async fn unscoped_make_due(tx: &WriteTx, now: DateTime<Utc>) -> Result<u64, DbErr> {
    schedule::Entity::unscoped_update()
        .col_expr(schedule::Column::DueAt, Expr::value(now))
        .filter(schedule::Column::DueAt.gt(now))
        .exec(tx)
        .await?;
    schedule::Entity::unscoped().filter(schedule::Column::DueAt.lte(now)).count(tx).await
}
