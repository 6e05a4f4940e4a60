//! Queries over picks and the links that were sent as their answers.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, ExprTrait as _, QueryFilter as _, sea_query::Expr,
};

use super::{
    Store, WriteTx,
    entity::{
        pick::{Column, Entity, Model},
        picked_link as link,
    },
    rows,
};
use crate::{
    error::Result,
    ids::{LaunchId, LinkId, OrganizationId, PickedLinkId},
};

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// The one of a launch.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: LaunchId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// Writes down the answer, if there is none yet; whether it did. Of two at once only one does.
pub async fn answer(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let start = Entity::update_of(row.organization_id)
        .filter(Column::Id.eq(row.id))
        .filter(Column::AnsweredAt.is_null());
    rows::update(tx, start, row).await
}

/// Writes down the versions that were begun in a pick.
pub async fn set_drafts(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LaunchId,
    drafts: serde_json::Value,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::Drafts, Expr::value(drafts))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Adds what was sent.
pub async fn insert_links(tx: &WriteTx, links: Vec<link::Model>) -> Result<(), DbErr> {
    rows::insert_many(tx, links).await
}

/// What was sent with that token.
pub async fn link_of_token(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    token_hash: &str,
) -> Result<Option<link::Model>, DbErr> {
    link::Entity::of(organization).filter(link::Column::TokenHash.eq(token_hash)).one(db).await
}

/// Gives a token to the first link that shows it; whether this one is the first.
pub async fn claim(
    tx: &WriteTx,
    organization: OrganizationId,
    id: PickedLinkId,
    by: LinkId,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = link::Entity::update_of(organization)
        .col_expr(link::Column::LinkId, Expr::value(by))
        .col_expr(link::Column::ClaimedAt, Expr::value(at))
        .filter(link::Column::Id.eq(id))
        .filter(link::Column::LinkId.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Removes picks that began before `before`, and what was sent before and never came back. Tokens that were used
/// stay: copies of their links are still to be known as such. How many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let first = rows::first_id_at(before);
    let unused = Condition::all()
        .add(link::Column::Id.lt(PickedLinkId(first)))
        .add(link::Column::LinkId.is_null().and(link::Column::ClaimedAt.is_null()));
    let links = rows::prune::<link::Entity>(store, link::Column::Id, unused).await?;
    let old = Condition::all().add(Column::Id.lt(LaunchId(first)));
    Ok(links + rows::prune::<Entity>(store, Column::Id, old).await?)
}
