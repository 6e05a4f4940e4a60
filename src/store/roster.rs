//! Queries over rosters. Whoever reads one takes it first ([`take`]), so that of two replicas only one asks the
//! platform.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    WriteTx,
    entity::roster::{Column, Entity, Model},
    rows,
};
use crate::ids::{CourseId, LinkId, OrganizationId, RosterId};

/// The scope of a whole course's roster.
pub const COURSE: &str = "course";

/// What a roster of this link, or of the whole course, is called in its course.
#[must_use]
pub fn scope_of(link: Option<LinkId>) -> String {
    link.map_or_else(|| COURSE.to_owned(), |link| link.to_string())
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: RosterId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: RosterId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The one of a course, or of one link of it.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    link: Option<LinkId>,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::Scope.eq(scope_of(link)))
        .one(db)
        .await
}

/// Adds one unless it is there; whether it was added.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::CourseId, Column::Scope]).do_nothing().to_owned();
    let added = Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(added > 0)
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Takes it for oneself until `until`; `false` while somebody else has it.
pub async fn take(
    tx: &WriteTx,
    organization: OrganizationId,
    id: RosterId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let one = Entity::update_of(organization).filter(Column::Id.eq(id));
    rows::take(tx, one, Column::BusyUntil, now, until).await
}

/// Those of any organization whose time has come, longest due first.
pub async fn unscoped_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped().filter(Column::DueAt.lte(now)).order_by_asc(Column::DueAt).limit(limit).all(db).await
}

/// Puts off one that is due since `due_at` to `next`; `false` when somebody else did.
pub async fn put_off(tx: &WriteTx, row: &Model, next: Option<DateTime<Utc>>) -> Result<bool, DbErr> {
    let done = Entity::update_of(row.organization_id)
        .col_expr(Column::DueAt, Expr::value(next))
        .filter(Column::Id.eq(row.id))
        .filter(Column::DueAt.eq(row.due_at))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
