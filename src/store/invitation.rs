//! Queries over invitations. Whoever opens one names it by its ticket alone: that lookup is unscoped (design §7).

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, UpdateMany, sea_query::Expr,
};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::platform_invitation::{Column, Entity, InvitationState, Model},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{InvitationId, OrganizationId, PlatformId},
};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The one with this ticket, in whatever state: whether it still counts is the caller's to see.
pub async fn unscoped_of_ticket(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::TicketHash.eq(hash)).one(db).await
}

/// A page of an organization's invitations.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), Column::Id, query, |row| row.id.0).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Holds one for a registration that begins; `false` when it is not open, too old, or held by another.
pub async fn hold(
    tx: &WriteTx,
    organization: OrganizationId,
    id: InvitationId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let is_free = Condition::any().add(Column::HeldUntil.is_null()).add(Column::HeldUntil.lte(now));
    changed(
        tx,
        Entity::update_of(organization)
            .col_expr(Column::HeldUntil, Expr::value(until))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(InvitationState::Open))
            .filter(Column::ExpiresAt.gt(now))
            .filter(is_free),
    )
    .await
}

/// How a registration by an invitation ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// `Open`: it may be used again.
    pub state: InvitationState,
    /// What came of it.
    pub platform: Option<PlatformId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The host that was to be registered.
    pub host: String,
    /// Code and words of a failure.
    pub trouble: Option<(String, Option<String>)>,
}

/// Lets go of the one that is held until `held`; `false` when it is not held so, or was taken back meanwhile.
pub async fn end(
    tx: &WriteTx,
    organization: OrganizationId,
    id: InvitationId,
    held: DateTime<Utc>,
    ended: Ended,
) -> Result<bool, DbErr> {
    let (trouble, words) = ended.trouble.unzip();
    let used_at = (ended.state == InvitationState::Used).then_some(ended.at);
    changed(
        tx,
        Entity::update_of(organization)
            .col_expr(Column::HeldUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::State, Expr::value(ended.state))
            .col_expr(Column::PlatformId, Expr::value(ended.platform))
            .col_expr(Column::UsedAt, Expr::value(used_at))
            .col_expr(Column::TriedAt, Expr::value(ended.at))
            .col_expr(Column::TriedBy, Expr::value(ended.host))
            .col_expr(Column::Trouble, Expr::value(trouble))
            .col_expr(Column::TroubleWords, Expr::value(words.flatten()))
            .filter(Column::Id.eq(id))
            .filter(Column::HeldUntil.eq(held))
            .filter(Column::State.eq(InvitationState::Open)),
    )
    .await
}

/// Takes one back; `false` when it is not open any more.
pub async fn withdraw(tx: &WriteTx, organization: OrganizationId, id: InvitationId) -> Result<bool, DbErr> {
    changed(
        tx,
        Entity::update_of(organization)
            .col_expr(Column::State, Expr::value(InvitationState::Withdrawn))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(InvitationState::Open)),
    )
    .await
}

/// Removes those whose time ended before; how many went.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    rows::prune::<Entity>(store, Column::Id, Condition::all().add(Column::ExpiresAt.lt(before))).await
}

async fn changed(tx: &WriteTx, update: UpdateMany<Entity>) -> Result<bool, DbErr> {
    Ok(update.exec(tx).await?.rows_affected > 0)
}
