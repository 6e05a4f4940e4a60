//! Queries over links.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::link::{Column, Entity, Model, TokenState},
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

/// Those with this resource link id, at whatever platform; of several two, which say that it is not clear.
pub async fn of_resource_link_id(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    resource_link_id: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::ResourceLinkId.eq(resource_link_id)).limit(2).all(db).await
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

/// Those that a platform calls so, in any of these deployments; in no order.
pub async fn of_resource_links(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployments: &[DeploymentId],
    resource_link_ids: &[String],
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::DeploymentId.is_in(deployments.iter().copied()))
        .filter(Column::ResourceLinkId.is_in(resource_link_ids))
        .all(db)
        .await
}

/// Notes by what token the link is looked for, with what is known so far; `false` when that was noted before.
/// The row is held until the commit.
pub async fn note_token(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LinkId,
    token_hash: &str,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::TokenHash, Expr::value(token_hash))
        .col_expr(Column::TokenState, Expr::value(TokenState::Unknown))
        .filter(Column::Id.eq(id))
        .filter(Condition::any().add(Column::TokenHash.is_null()).add(Column::TokenHash.ne(token_hash)))
        .exec(tx)
        .await?;
    if done.rows_affected > 0 {
        tx.on_commit(Effect::Changed(Topic::Link(id)));
    }
    Ok(done.rows_affected > 0)
}

/// Writes down what a link's token turned out to be.
pub async fn set_token_state(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LinkId,
    state: TokenState,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::TokenState, Expr::value(state))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Writes down of which link this one is a copy, once; whether it did.
pub async fn set_origin(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LinkId,
    origin: LinkId,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::CopiedFromId, Expr::value(origin))
        .filter(Column::Id.eq(id))
        .filter(Column::CopiedFromId.is_null())
        .exec(tx)
        .await?;
    tx.on_commit(Effect::Changed(Topic::Link(id)));
    Ok(done.rows_affected > 0)
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
