//! Queries over readings of platforms' records. Whoever reads a course takes its row first ([`take`]), so that of two
//! replicas only one asks the platform.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _, sea_query::OnConflict,
};

use super::{
    Page, PageQuery, WriteTx,
    entity::record_reading::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{CourseId, OrganizationId, RecordReadingId, RecordSourceId};

/// The one of a course.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    source: RecordSourceId,
    course: CourseId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::SourceId.eq(source))
        .filter(Column::CourseId.eq(course))
        .one(db)
        .await
}

/// A page of a source's readings, newest course first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    source: RecordSourceId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::SourceId.eq(source));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds one unless it is there.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    let known = OnConflict::columns([Column::SourceId, Column::CourseId]).do_nothing().to_owned();
    Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Takes it for oneself until `until`; `false` while somebody else has it.
pub async fn take(
    tx: &WriteTx,
    organization: OrganizationId,
    id: RecordReadingId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let one = Entity::update_of(organization).filter(Column::Id.eq(id));
    rows::take(tx, one, Column::BusyUntil, now, until).await
}

/// Holds the row until the commit.
pub async fn lock(
    tx: &WriteTx,
    organization: OrganizationId,
    id: RecordReadingId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}
