//! Queries over organizations.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _};

use super::{
    Page, PageQuery, WriteTx,
    entity::organization::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::OrganizationId;

/// One by its id.
pub async fn find(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).one(db).await
}

/// One by its short name: for the server's operators.
pub async fn unscoped_of_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Slug.eq(slug)).one(db).await
}

/// All of them: for the server's operators.
pub async fn unscoped_list(db: &impl ConnectionTrait, query: PageQuery) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped(), Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}
