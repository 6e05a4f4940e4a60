//! Queries over deployments. A launch names (platform, `deployment_id`), and only the row found says which
//! organization it is: that lookup is unscoped (design §7).

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, sea_query::Expr, sea_query::OnConflict,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::deployment::{Column, DeploymentState, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{DeploymentId, OrganizationId, PlatformId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: DeploymentId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by its id: for the server's operators, who decide on those without an organization.
pub async fn unscoped_find(db: &impl ConnectionTrait, id: DeploymentId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}

/// The one a launch names.
pub async fn unscoped_of_launch(
    db: &impl ConnectionTrait,
    platform: PlatformId,
    deployment_id: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::unscoped()
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::DeploymentId.eq(deployment_id))
        .one(db)
        .await
}

/// A page of an organization's deployments, of one platform and in one state if named.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: Option<PlatformId>,
    state: Option<DeploymentState>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization).filter(those(platform, state)), Column::Id, query, |row| row.id.0).await
}

/// A page of all deployments: for the server's operators.
pub async fn unscoped_list(
    db: &impl ConnectionTrait,
    platform: Option<PlatformId>,
    state: Option<DeploymentState>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped().filter(those(platform, state)), Column::Id, query, |row| row.id.0).await
}

fn those(platform: Option<PlatformId>, state: Option<DeploymentState>) -> Condition {
    Condition::all()
        .add_option(platform.map(|platform| Column::PlatformId.eq(platform)))
        .add_option(state.map(|state| Column::State.eq(state)))
}

/// All of an organization's on one platform.
pub async fn of_platform(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::PlatformId.eq(platform)).all(db).await
}

/// Adds one; a conflict when it is known.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Deployment(row.id)));
    rows::insert(tx, row).await
}

/// Remembers one seen for the first time; `false` when it is known.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::PlatformId, Column::DeploymentId]).do_nothing().to_owned();
    let inserted =
        Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(inserted > 0)
}

/// Decides on a deployment that belongs to `organization` or to nobody yet; from then on it is the
/// organization's. Whether there was one.
pub async fn decide(
    tx: &WriteTx,
    organization: OrganizationId,
    id: DeploymentId,
    state: DeploymentState,
) -> Result<bool, DbErr> {
    let done = Entity::unscoped_update()
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::OrganizationId, Expr::value(organization))
        .filter(Column::Id.eq(id))
        .filter(
            Condition::any()
                .add(Column::OrganizationId.eq(organization))
                .add(Column::OrganizationId.is_null()),
        )
        .exec(tx)
        .await?;
    tx.on_commit(Effect::Changed(Topic::Deployment(id)));
    Ok(done.rows_affected > 0)
}

/// Keeps which customer of a cloud a deployment is, if that is not known yet.
pub async fn keep_guid(tx: &WriteTx, id: DeploymentId, guid: &str) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Deployment(id)));
    Entity::unscoped_update()
        .col_expr(Column::Guid, Expr::value(guid))
        .filter(Column::Id.eq(id))
        .filter(Column::Guid.is_null())
        .exec(tx)
        .await
        .map(drop)
}

/// Freezes an accepted deployment whose guid is known and another than `seen`; whether it was so.
pub async fn freeze(tx: &WriteTx, id: DeploymentId, seen: &str) -> Result<bool, DbErr> {
    let update = Entity::unscoped_update()
        .col_expr(Column::State, Expr::value(DeploymentState::Frozen))
        .col_expr(Column::SeenGuid, Expr::value(seen))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(DeploymentState::Accepted))
        .filter(Column::Guid.ne(seen));
    tx.on_commit(Effect::Changed(Topic::Deployment(id)));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Writes an organization's deployment anew; `false` when it has no such one.
pub async fn update(tx: &WriteTx, organization: OrganizationId, row: Model) -> Result<bool, DbErr> {
    tx.on_commit(Effect::Changed(Topic::Deployment(row.id)));
    rows::update(tx, Entity::update_of(organization).filter(Column::Id.eq(row.id)), row).await
}

/// Notes that it was seen. Not for every launch: the caller leaves some time between.
pub async fn touch(tx: &WriteTx, id: DeploymentId, at: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::unscoped_update()
        .col_expr(Column::LastSeenAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}
