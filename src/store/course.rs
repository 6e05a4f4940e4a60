//! Queries over courses.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, OnConflict},
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::{
        course::{Column, Entity, Model},
        deployment,
    },
    page::page,
};
use crate::ids::{CourseId, DeploymentId, OrganizationId, PlatformId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: CourseId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The titles of some, as far as they are the organization's.
pub async fn titles(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: Vec<CourseId>,
) -> Result<Vec<(CourseId, Option<String>)>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title)).collect())
}

/// The one a launch or an event names.
pub async fn of_context(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployment: DeploymentId,
    context_id: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::DeploymentId.eq(deployment))
        .filter(Column::ContextId.eq(context_id))
        .one(db)
        .await
}

/// The one that launched last among those of some deployments; of any organization (empty) for the server's
/// operators.
pub async fn unscoped_newest_of(
    db: &impl ConnectionTrait,
    organization: Option<OrganizationId>,
    deployments: Vec<DeploymentId>,
) -> Result<Option<Model>, DbErr> {
    let select = match organization {
        Some(organization) => Entity::of(organization),
        None => Entity::unscoped(),
    };
    select.filter(Column::DeploymentId.is_in(deployments)).order_by_desc(Column::UpdatedAt).one(db).await
}

/// Those that a platform calls so, in any of these deployments; in no order.
pub async fn of_contexts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    deployments: &[DeploymentId],
    context_ids: &[String],
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::DeploymentId.is_in(deployments.iter().copied()))
        .filter(Column::ContextId.is_in(context_ids))
        .all(db)
        .await
}

/// Those among these that a platform calls so, through whatever deployment; in no order.
pub async fn of_platform(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    context_ids: &[&str],
) -> Result<Vec<Model>, DbErr> {
    on_platform(organization, platform)
        .filter(Column::ContextId.is_in(context_ids.iter().copied()))
        .all(db)
        .await
}

/// The newest course of a platform, through whatever deployment.
pub async fn newest_of_platform(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
) -> Result<Option<Model>, DbErr> {
    on_platform(organization, platform).order_by_desc(Column::Id).one(db).await
}

/// Where queries of a platform's courses start.
fn on_platform(organization: OrganizationId, platform: PlatformId) -> Select<Entity> {
    let deployments = deployment::Entity::of(organization)
        .filter(deployment::Column::PlatformId.eq(platform))
        .select_only()
        .column(deployment::Column::Id)
        .into_query();
    Entity::of(organization).filter(Column::DeploymentId.in_subquery(deployments))
}

/// Writes down of which course this one is a copy, once; whether it did. Of two at once only one does.
pub async fn set_origin(
    tx: &WriteTx,
    organization: OrganizationId,
    id: CourseId,
    origin: CourseId,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::CopiedFromId, Expr::value(origin))
        .filter(Column::Id.eq(id))
        .filter(Column::CopiedFromId.is_null())
        .exec(tx)
        .await?;
    tx.on_commit(Effect::Changed(Topic::Course(id)));
    Ok(done.rows_affected > 0)
}

/// Those with this context id, at whatever platform; of several two, which say that it is not clear.
pub async fn of_context_id(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    context_id: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::ContextId.eq(context_id)).limit(2).all(db).await
}

/// A page of an organization's courses.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), Column::Id, query, |row| row.id.0).await
}

/// Gives a course another context id; none of the deployment may have it.
pub async fn rename(
    tx: &WriteTx,
    organization: OrganizationId,
    id: CourseId,
    context_id: &str,
) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Course(id)));
    Entity::update_of(organization)
        .col_expr(Column::ContextId, Expr::value(context_id))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Adds the course, or writes title, label, services and time of the one that is there; the row as it is
/// then (its id is the older one's).
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    let known = OnConflict::columns([Column::DeploymentId, Column::ContextId])
        .update_columns([Column::Title, Column::Label, Column::Services, Column::UpdatedAt])
        .to_owned();
    let stored = Entity::insert(row.into_active_model()).on_conflict(known).exec_with_returning(tx).await?;
    tx.on_commit(Effect::Changed(Topic::Course(stored.id)));
    Ok(stored)
}

/// One of any organization, for whoever stands at the server.
pub async fn unscoped_find(db: &impl ConnectionTrait, id: CourseId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}
