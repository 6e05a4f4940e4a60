//! Queries over unclaimed events.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Store, WriteTx,
    entity::unclaimed_event::{Column, Entity, Model},
    rows,
};
use crate::{
    error::Result,
    ids::{EventChannelId, OrganizationId, UnclaimedEventId},
};

/// Keeps one; `false` when the channel said something under that name before.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::ChannelId, Column::SourceId]).do_nothing().to_owned();
    let added = Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    Ok(added > 0)
}

/// One by its name.
pub async fn of_source(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    channel: EventChannelId,
    source_id: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::ChannelId.eq(channel))
        .filter(Column::SourceId.eq(source_id))
        .one(db)
        .await
}

/// How many of a channel's wait.
pub async fn waiting(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    channel: EventChannelId,
) -> Result<u64, DbErr> {
    Entity::of(organization)
        .filter(Column::ChannelId.eq(channel))
        .filter(Column::IsVoided.eq(false))
        .count(db)
        .await
}

/// The next that wait after one, by id, whoever owns them: for working through all of them.
pub async fn unscoped_after(
    db: &impl ConnectionTrait,
    after: Option<UnclaimedEventId>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let wanted =
        Condition::all().add(Column::IsVoided.eq(false)).add_option(after.map(|after| Column::Id.gt(after)));
    Entity::unscoped().filter(wanted).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Takes one out; `false` when it is gone already.
pub async fn take(tx: &WriteTx, organization: OrganizationId, id: UnclaimedEventId) -> Result<bool, DbErr> {
    let gone = Entity::delete_of(organization)
        .filter(Column::Id.eq(id))
        .filter(Column::IsVoided.eq(false))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Marks one as taken back: it stays, so that it does not count when it comes again.
pub async fn void(
    tx: &WriteTx,
    organization: OrganizationId,
    id: UnclaimedEventId,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::IsVoided, Expr::value(true))
        .col_expr(Column::HeardAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Removes what was heard before `before`. How many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all().add(Column::HeardAt.lt(before));
    rows::prune::<Entity>(store, Column::Id, old).await
}
