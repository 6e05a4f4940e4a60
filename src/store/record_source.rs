//! Queries over record sources.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Page, PageQuery, WriteTx,
    entity::record_source::{Column, Entity, Model},
    page::page,
};
use crate::ids::{OrganizationId, PlatformId, RecordSourceId};

/// One by its id, removed or not.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: RecordSourceId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The one of a platform, removed or not.
pub async fn of_platform(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::PlatformId.eq(platform)).one(db).await
}

/// As [`of_platform`], and holds the row until the commit.
pub async fn lock_of_platform(
    tx: &WriteTx,
    organization: OrganizationId,
    platform: PlatformId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::PlatformId.eq(platform)).lock_exclusive().one(tx).await
}

/// A page of an organization's sources, newest first, without those removed.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::RemovedAt.is_null());
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds the source, or writes the one of this id anew. The credential is sealed for the id: find the one of the
/// platform first.
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    let known = OnConflict::column(Column::Id)
        .update_columns([
            Column::Kind,
            Column::BaseUrl,
            Column::SealedCredential,
            Column::CourseIds,
            Column::ConsentBy,
            Column::ConsentNote,
            Column::ConsentAt,
            Column::RestsUntil,
            Column::UpdatedAt,
            Column::RemovedAt,
        ])
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// Asks nothing of a source before this time.
pub async fn rest(
    tx: &WriteTx,
    organization: OrganizationId,
    id: RecordSourceId,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::RestsUntil, Expr::value(until))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}
