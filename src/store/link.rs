//! Queries over links.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::link::{Column, Entity, Model},
    page::page,
};
use crate::ids::{CourseId, DeploymentId, LinkId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: LinkId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The titles of some, as far as they are the organization's.
pub async fn titles(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: Vec<LinkId>,
) -> Result<Vec<(LinkId, Option<String>)>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title)).collect())
}

/// The one a launch names.
pub async fn of_resource_link(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployment: DeploymentId,
    resource_link_id: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::DeploymentId.eq(deployment))
        .filter(Column::ResourceLinkId.eq(resource_link_id))
        .one(db)
        .await
}

/// A course's links, oldest first.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::CourseId.eq(course)).order_by_asc(Column::Id).all(db).await
}

/// A page of a course's links, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::CourseId.eq(course));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds the link, or writes course, title, column and time of the one that is there; the row as it is then.
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    let known = OnConflict::columns([Column::DeploymentId, Column::ResourceLinkId])
        .update_columns([Column::CourseId, Column::Title, Column::LineItemUrl, Column::UpdatedAt])
        .to_owned();
    let stored = Entity::insert(row.into_active_model()).on_conflict(known).exec_with_returning(tx).await?;
    tx.on_commit(Effect::Changed(Topic::Link(stored.id)));
    Ok(stored)
}
