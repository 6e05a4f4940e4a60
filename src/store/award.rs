//! Queries over awards. That nobody is awarded twice is held by the partial unique index, and races are
//! settled by `ON CONFLICT DO NOTHING` (design §6.1), never by a caught violation.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::award::{AwardOrigin, AwardState, Column, Entity, Model},
    page::page,
    rows,
};
use crate::ids::{AchievementId, AwardId, IssuerId, LearnerId, OrganizationId, PassId, PlacementId};

/// Which awards a list shows; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Of this learner.
    pub learner: Option<LearnerId>,
    /// Of this achievement.
    pub achievement: Option<AchievementId>,
    /// Of this placement.
    pub placement: Option<PlacementId>,
    /// Of this issuer.
    pub issuer: Option<IssuerId>,
    /// In this state.
    pub state: Option<AwardState>,
    /// Made by this pass.
    pub pass: Option<PassId>,
}

/// How many awards of a placement came about in one way and are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// Of this placement.
    pub placement_id: PlacementId,
    /// In this state.
    pub state: AwardState,
    /// In this way.
    pub origin: AwardOrigin,
    /// So many.
    pub awards: i64,
}

/// Makes the award unless the learner holds a current one of the same scope and period; whether it was made.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let made =
        Entity::insert(row.into_active_model()).on_conflict(unless_held()).exec_without_returning(tx).await?;
    Ok(made > 0)
}

/// As [`insert`] for many; the ids of those that were made, in no order.
pub async fn insert_many(tx: &WriteTx, mut rows: Vec<Model>) -> Result<Vec<AwardId>, DbErr> {
    // In the order of the index, so that two of these never hold each other up.
    rows.sort_by(|a, b| (&a.scope, a.learner_id, &a.period).cmp(&(&b.scope, b.learner_id, &b.period)));
    let mut made = Vec::with_capacity(rows.len());
    for rows in rows::chunks(rows) {
        let rows = rows.into_iter().map(Model::into_active_model);
        made.extend(Entity::insert_many(rows).on_conflict(unless_held()).exec_with_returning_keys(tx).await?);
    }
    Ok(made)
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: AwardId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit: whoever changes an award does it with this one.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: AwardId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The one whose `/claim` token has this hash.
pub async fn unscoped_of_claim_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::ClaimTokenHash.eq(hash)).one(db).await
}

/// The one whose share page has this token.
pub async fn unscoped_of_share_token(db: &impl ConnectionTrait, token: &str) -> Result<Option<Model>, DbErr> {
    Entity::unscoped().filter(Column::ShareToken.eq(token)).one(db).await
}

/// All of a learner's, in every state (vetoes are among the revoked), oldest first.
pub async fn of_learner(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: LearnerId,
) -> Result<Vec<Model>, DbErr> {
    of_learners(db, organization, [learner]).await
}

/// As [`of_learner`] for many at once, learner by learner.
pub async fn of_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LearnerId.is_in(learners))
        .order_by_asc(Column::LearnerId)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// The next awards that a pass made, after one, by id; in whatever state they are.
pub async fn of_pass(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    pass: PassId,
    after: Option<AwardId>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let wanted =
        Condition::all().add(Column::PassId.eq(pass)).add_option(after.map(|after| Column::Id.gt(after)));
    Entity::of(organization).filter(wanted).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// The stored verdicts of these learners' awards, whoever owns them and whatever became of them: for
/// retention, which keeps what an award rests on.
pub async fn unscoped_verdicts(
    db: &impl ConnectionTrait,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<serde_json::Value>, DbErr> {
    Entity::unscoped()
        .select_only()
        .column(Column::Verdict)
        .filter(Column::LearnerId.is_in(learners))
        .into_tuple()
        .all(db)
        .await
}

/// A page of an organization's awards.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.learner.map(|learner| Column::LearnerId.eq(learner)))
        .add_option(filter.achievement.map(|achievement| Column::AchievementId.eq(achievement)))
        .add_option(filter.placement.map(|placement| Column::PlacementId.eq(placement)))
        .add_option(filter.issuer.map(|issuer| Column::IssuerId.eq(issuer)))
        .add_option(filter.state.map(|state| Column::State.eq(state)))
        .add_option(filter.pass.map(|pass| Column::PassId.eq(pass)));
    page(db, Entity::of(organization).filter(wanted), Column::Id, query, |row| row.id.0).await
}

/// How many awards the placements have, by state.
pub async fn counts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placements: impl IntoIterator<Item = PlacementId>,
) -> Result<Vec<Count>, DbErr> {
    Entity::of(organization)
        .select_only()
        .column(Column::PlacementId)
        .column(Column::State)
        .column(Column::Origin)
        .column_as(Column::Id.count(), "awards")
        .filter(Column::PlacementId.is_in(placements))
        .group_by(Column::PlacementId)
        .group_by(Column::State)
        .group_by(Column::Origin)
        .into_model()
        .all(db)
        .await
}

/// A placement's active awards that end some day, those after one by id.
pub async fn ending_of_placement(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placement: PlacementId,
    after: Option<AwardId>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let wanted = Condition::all()
        .add(Column::PlacementId.eq(placement))
        .add(Column::State.eq(AwardState::Active))
        .add(Column::ValidUntil.is_not_null())
        .add_option(after.map(|last| Column::Id.gt(last)));
    Entity::of(organization).filter(wanted).order_by_asc(Column::Id).limit(limit).all(db).await
}

/// Active awards of any organization whose time is over, soonest first: for the sweep that lets them expire.
pub async fn unscoped_ended(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped()
        // As written in the partial index, so that it can be used.
        .filter(Expr::cust("state = 'active' AND valid_until IS NOT NULL"))
        .filter(Column::ValidUntil.lte(now))
        .order_by_asc(Column::ValidUntil)
        .limit(limit)
        .all(db)
        .await
}

/// Writes the row anew; `false` when the organization has no such award. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    tx.on_commit(Effect::Changed(Topic::Award(row.id)));
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Gives awards to another learner: the same person, known twice. None of them may be held twice by it.
pub async fn move_to(
    tx: &WriteTx,
    organization: OrganizationId,
    awards: &[AwardId],
    to: LearnerId,
) -> Result<(), DbErr> {
    for id in awards {
        tx.on_commit(Effect::Changed(Topic::Award(*id)));
    }
    Entity::update_of(organization)
        .col_expr(Column::LearnerId, Expr::value(to))
        .filter(Column::Id.is_in(awards.iter().copied()))
        .exec(tx)
        .await
        .map(drop)
}

/// Lifts the vetoes of revoked awards; how many there were.
pub async fn lift_vetoes(
    tx: &WriteTx,
    organization: OrganizationId,
    ids: Vec<AwardId>,
    by: &str,
) -> Result<u64, DbErr> {
    let lifted = Entity::update_of(organization)
        .col_expr(Column::VetoLiftedBy, Expr::value(by))
        .filter(Column::Id.is_in(ids))
        .filter(Column::Veto.eq(true))
        .filter(Column::VetoLiftedBy.is_null())
        .exec(tx)
        .await?;
    Ok(lifted.rows_affected)
}

/// Makes the share page public, or private again; whether there was one to change.
pub async fn publish(
    tx: &WriteTx,
    organization: OrganizationId,
    id: AwardId,
    published: bool,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let done = Entity::update_of(organization)
        .col_expr(Column::Published, Expr::value(published))
        .col_expr(Column::UpdatedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(Column::Published.ne(published))
        .exec(tx)
        .await?;
    tx.on_commit(Effect::Changed(Topic::Award(id)));
    Ok(done.rows_affected > 0)
}

fn unless_held() -> OnConflict {
    OnConflict::columns([Column::Scope, Column::LearnerId, Column::Period])
        // As written in the partial index: with bound values PostgreSQL would not recognize it.
        .target_and_where(Expr::cust("state NOT IN ('revoked', 'expired')"))
        .do_nothing()
        .to_owned()
}
