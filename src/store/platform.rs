//! Queries over platforms and their keys. What launches need is unscoped (design §7): the platform is
//! known before the organization is.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::{
        platform::{Column, Entity, Model, PlatformState},
        platform_key::{self, PlatformKeyState},
        platform_registration,
    },
    page::page,
    rows,
};
use crate::ids::{OrganizationId, PlatformId, PlatformKeyId};

/// One by its id, if it is the organization's own or shared.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: PlatformId,
) -> Result<Option<Model>, DbErr> {
    Entity::visible_to(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by the id that stands in public addresses.
pub async fn unscoped_find(db: &impl ConnectionTrait, id: PlatformId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}

/// Those a login may mean: by issuer URL, narrowed by `client_id` where the platform sends one.
pub async fn unscoped_of_login(
    db: &impl ConnectionTrait,
    issuer_url: &str,
    client_id: Option<&str>,
) -> Result<Vec<Model>, DbErr> {
    let mut select = Entity::unscoped().filter(Column::IssuerUrl.eq(issuer_url));
    if let Some(client_id) = client_id {
        select = select.filter(Column::ClientId.eq(client_id));
    }
    select.order_by_asc(Column::CreatedAt).all(db).await
}

/// Those whose keys are at this address, whoever they belong to.
pub async fn unscoped_of_jwks(db: &impl ConnectionTrait, url: &str) -> Result<Vec<PlatformId>, DbErr> {
    let rows = Entity::unscoped().filter(Column::JwksUrl.eq(url)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A page of the shared platforms: for the server's operators, who own them.
pub async fn unscoped_list_shared(db: &impl ConnectionTrait, query: PageQuery) -> Result<Page<Model>, DbErr> {
    let shared = Entity::unscoped().filter(Column::OrganizationId.is_null());
    page(db, shared, Column::Id, query, |row| row.id.0).await
}

/// A page of the organization's own and the shared platforms.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::visible_to(organization), Column::Id, query, |row| row.id.0).await
}

/// A page of all platforms: for the server's operators.
pub async fn unscoped_list(db: &impl ConnectionTrait, query: PageQuery) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped(), Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Platform(row.id)));
    rows::insert(tx, row).await
}

/// Writes the row anew. `editor` is whose platforms may be changed: an organization only changes its own,
/// the server's operators (empty) only shared ones. `false` when there is no such one.
pub async fn update(tx: &WriteTx, editor: Option<OrganizationId>, row: Model) -> Result<bool, DbErr> {
    let owner = match editor {
        Some(organization) => Column::OrganizationId.eq(organization),
        None => Column::OrganizationId.is_null(),
    };
    tx.on_commit(Effect::Changed(Topic::Platform(row.id)));
    rows::update(tx, Entity::unscoped_update().filter(owner).filter(Column::Id.eq(row.id)), row).await
}

/// What a platform granted when it registered us.
pub async fn registration(
    db: &impl ConnectionTrait,
    platform: PlatformId,
) -> Result<Option<platform_registration::Model>, DbErr> {
    platform_registration::Entity::of(platform).one(db).await
}

/// The same of several platforms, in no order.
pub async fn registrations(
    db: &impl ConnectionTrait,
    platforms: impl IntoIterator<Item = PlatformId>,
) -> Result<Vec<platform_registration::Model>, DbErr> {
    let ids = platform_registration::Column::Id.is_in(platforms);
    platform_registration::Entity::unscoped().filter(ids).all(db).await
}

/// Writes down what a platform granted, the first time or anew; when it was first written stays.
pub async fn put_registration(tx: &WriteTx, row: platform_registration::Model) -> Result<(), DbErr> {
    use platform_registration::Column as Of;
    let mut known = OnConflict::column(Of::Id);
    known.update_columns([
        Of::Product,
        Of::Version,
        Of::Scopes,
        Of::Messages,
        Of::AwaitsActivation,
        Of::Warnings,
        Of::UpdatedAt,
    ]);
    let insert = platform_registration::Entity::insert(row.into_active_model()).on_conflict(known);
    insert.exec_without_returning(tx).await.map(drop)
}

/// Keeps which installation a platform is, if that is not known yet; whether it was kept.
pub async fn keep_guid(tx: &WriteTx, id: PlatformId, guid: &str) -> Result<bool, DbErr> {
    let update = Entity::unscoped_update()
        .col_expr(Column::Guid, Expr::value(guid))
        .filter(Column::Id.eq(id))
        .filter(Column::Guid.is_null());
    tx.on_commit(Effect::Changed(Topic::Platform(id)));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Freezes an active platform whose guid is known and another than `seen`; whether it was so.
pub async fn freeze(tx: &WriteTx, id: PlatformId, seen: &str) -> Result<bool, DbErr> {
    let update = Entity::unscoped_update()
        .col_expr(Column::State, Expr::value(PlatformState::Frozen))
        .col_expr(Column::SeenGuid, Expr::value(seen))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(PlatformState::Active))
        .filter(Column::Guid.ne(seen));
    tx.on_commit(Effect::Changed(Topic::Platform(id)));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Uses up a platform's promise to take in the first deployment that launches; `false` when it is used up.
pub async fn use_first_deployment(tx: &WriteTx, id: PlatformId, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let update = Entity::unscoped_update()
        .col_expr(Column::FirstDeploymentUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::Id.eq(id))
        .filter(Column::FirstDeploymentUntil.gt(now));
    tx.on_commit(Effect::Changed(Topic::Platform(id)));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Every key of a platform, newest first.
pub async fn keys(
    db: &impl ConnectionTrait,
    platform: PlatformId,
) -> Result<Vec<platform_key::Model>, DbErr> {
    platform_key::Entity::of(platform).order_by_desc(platform_key::Column::Id).all(db).await
}

/// Adds a key.
pub async fn insert_key(tx: &WriteTx, row: platform_key::Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Platform(row.platform_id)));
    rows::insert(tx, row).await
}

/// Moves a key on in its life; `retired_at` is kept when empty. Whether there was one.
pub async fn update_key(
    tx: &WriteTx,
    platform: PlatformId,
    id: PlatformKeyId,
    state: PlatformKeyState,
    retired_at: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let mut update = platform_key::Entity::unscoped_update()
        .col_expr(platform_key::Column::State, Expr::value(state))
        .filter(platform_key::Column::PlatformId.eq(platform))
        .filter(platform_key::Column::Id.eq(id));
    if let Some(at) = retired_at {
        update = update.col_expr(platform_key::Column::RetiredAt, Expr::value(at));
    }
    tx.on_commit(Effect::Changed(Topic::Platform(platform)));
    Ok(update.exec(tx).await?.rows_affected > 0)
}
