//! Queries over completion lists.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _};

use super::{
    Page, PageQuery, WriteTx,
    entity::completion_list::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{CompletionListId, CourseId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: CompletionListId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// A page of a course's.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::CourseId.eq(course));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}
