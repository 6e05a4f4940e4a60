//! Queries over launch records. Inserting one consumes the launch's nonce: a clash is a replay (design §4).
//! Launches that bring nothing new go through [`super::launch_writer`].

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Page, PageQuery, Store, WriteTx,
    entity::launch_record::{Column, Entity, Model},
    page::page,
    rows,
};
use crate::{
    error::Result,
    ids::{LaunchId, OrganizationId, PlatformId},
};

/// Which launches a list shows; empty fields do not narrow.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this platform.
    pub platform: Option<PlatformId>,
    /// With this outcome (`ok` or a refusal's code).
    pub outcome: Option<String>,
    /// With this correlation id.
    pub correlation_id: Option<String>,
    /// At this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub to: Option<DateTime<Utc>>,
}

/// Records the launch; `false` when its nonce was used before.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let recorded =
        Entity::insert(row.into_active_model()).on_conflict(unless_used()).exec_without_returning(tx).await?;
    Ok(recorded > 0)
}

/// Records launches in one statement (at most 512); the ids of those whose nonce was not used before.
pub async fn insert_many(tx: &WriteTx, many: Vec<Model>) -> Result<Vec<LaunchId>, DbErr> {
    if many.is_empty() {
        return Ok(Vec::new());
    }
    let many = many.into_iter().map(Model::into_active_model);
    Entity::insert_many(many).on_conflict(unless_used()).exec_with_returning_keys(tx).await
}

/// Whether a launch of this platform used that nonce.
pub async fn unscoped_is_used(
    db: &impl ConnectionTrait,
    platform: PlatformId,
    nonce_hash: &str,
) -> Result<bool, DbErr> {
    let found = Entity::unscoped()
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::NonceHash.eq(nonce_hash))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: LaunchId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// The anchor of a session. Its id grants nothing: compare `session_hash` before believing anything.
pub async fn unscoped_of_session(db: &impl ConnectionTrait, id: LaunchId) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::Id.eq(id)).one(db).await
}

/// Gives a launch's session another secret in the place of `mark`, unless the launch is older than `since`;
/// whether it did. Of two at once only one does.
pub async fn unscoped_hand_over(
    tx: &WriteTx,
    id: LaunchId,
    mark: &str,
    session_hash: String,
    since: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let changed = Entity::unscoped_update()
        .col_expr(Column::SessionHash, session_hash.into())
        .filter(Column::Id.eq(id))
        .filter(Column::SessionHash.eq(mark))
        .filter(Column::CreatedAt.gte(since))
        .exec(tx)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// The newest launch of a platform, good or refused; of any organization (empty) for the server's operators.
pub async fn unscoped_newest(
    db: &impl ConnectionTrait,
    organization: Option<OrganizationId>,
    platform: PlatformId,
    is_good: bool,
) -> Result<Option<Model>, DbErr> {
    let select = match organization {
        Some(organization) => Entity::of(organization),
        None => Entity::unscoped(),
    };
    // To the letter, so that the index of refused ones is recognised.
    let outcome = if is_good { "outcome = 'ok'" } else { "outcome <> 'ok'" };
    select
        .filter(Column::PlatformId.eq(platform))
        .filter(Expr::cust(outcome))
        .order_by_desc(Column::Id)
        .one(db)
        .await
}

/// A page of an organization's launches.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization).filter(wanted(filter)), Column::Id, query, |row| row.id.0).await
}

/// A page of all launches: for the server's operators, who also see those refused before the deployment
/// was known.
pub async fn unscoped_list(
    db: &impl ConnectionTrait,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::unscoped().filter(wanted(filter)), Column::Id, query, |row| row.id.0).await
}

/// Removes launches older than `before`, never one that could still be replayed; how many.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>, now: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all()
        .add(Column::Id.lt(LaunchId(rows::first_id_at(before))))
        .add(Column::ExpiresAt.lt(now));
    rows::prune::<Entity>(store, Column::Id, old).await
}

fn wanted(filter: Filter) -> Condition {
    Condition::all()
        .add_option(filter.platform.map(|platform| Column::PlatformId.eq(platform)))
        .add_option(filter.outcome.map(|outcome| Column::Outcome.eq(outcome)))
        .add_option(filter.correlation_id.map(|id| Column::CorrelationId.eq(id)))
        // Ids sort by time, and are indexed.
        .add_option(filter.from.map(|at| Column::Id.gte(LaunchId(rows::first_id_at(at)))))
        .add_option(filter.to.map(|at| Column::Id.lt(LaunchId(rows::first_id_at(at)))))
}

fn unless_used() -> OnConflict {
    OnConflict::columns([Column::PlatformId, Column::NonceHash]).do_nothing().to_owned()
}
