//! Queries over achievements and their versions.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, FromQueryResult, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::{
        achievement::{Column, Entity, Model},
        achievement_version::{self as version, MayPlace},
    },
    page::page,
    rows,
};
use crate::ids::{AchievementId, AchievementVersionId, IssuerId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: AchievementId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// One by its short name within its issuer.
pub async fn of_slug(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: IssuerId,
    slug: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::IssuerId.eq(issuer)).filter(Column::Slug.eq(slug)).one(db).await
}

/// A page of an organization's achievements, of one issuer if named.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    issuer: Option<IssuerId>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let mut select = Entity::of(organization);
    if let Some(issuer) = issuer {
        select = select.filter(Column::IssuerId.eq(issuer));
    }
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// What must be known of every version to choose among achievements.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Brief {
    /// The version.
    pub id: AchievementVersionId,
    /// Of what.
    pub achievement_id: AchievementId,
    /// Counts from 1 within the achievement.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// Who may place it.
    pub may_place: MayPlace,
}

/// Every version of an organization's achievements that are not archived, in short. Two reads.
pub async fn briefs(db: &impl ConnectionTrait, organization: OrganizationId) -> Result<Vec<Brief>, DbErr> {
    let archived: HashSet<AchievementId> = Entity::of(organization)
        .filter(Column::ArchivedAt.is_not_null())
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let mut briefs = version::Entity::of(organization)
        .select_only()
        .columns([
            version::Column::Id,
            version::Column::AchievementId,
            version::Column::Number,
            version::Column::Name,
            version::Column::MayPlace,
        ])
        .into_model::<Brief>()
        .all(db)
        .await?;
    briefs.retain(|brief| !archived.contains(&brief.achievement_id));
    Ok(briefs)
}

/// Several by their ids, in no order.
pub async fn of_ids(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = AchievementId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await
}

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// Archives it, or takes it back from there; `false` when the organization has no such achievement, or it is there
/// already.
pub async fn archive(
    tx: &WriteTx,
    organization: OrganizationId,
    id: AchievementId,
    at: Option<DateTime<Utc>>,
) -> Result<bool, DbErr> {
    let is_other = match at {
        Some(_) => Column::ArchivedAt.is_null(),
        None => Column::ArchivedAt.is_not_null(),
    };
    let done = Entity::update_of(organization)
        .col_expr(Column::ArchivedAt, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(is_other)
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}

/// One version by its id.
pub async fn version(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: AchievementVersionId,
) -> Result<Option<version::Model>, DbErr> {
    version::Entity::of(organization).filter(version::Column::Id.eq(id)).one(db).await
}

/// One version by the id that stands in public addresses.
pub async fn unscoped_version(
    db: &impl ConnectionTrait,
    id: AchievementVersionId,
) -> Result<Option<version::Model>, DbErr> {
    version::Entity::unscoped().filter(version::Column::Id.eq(id)).one(db).await
}

/// Several versions by their ids, in no order.
pub async fn versions_of_ids(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = AchievementVersionId>,
) -> Result<Vec<version::Model>, DbErr> {
    version::Entity::of(organization).filter(version::Column::Id.is_in(ids)).all(db).await
}

/// A page of an achievement's versions, newest first. Their ids are public and say nothing of time, so they go
/// by number.
pub async fn versions(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    achievement: AchievementId,
    query: PageQuery,
) -> Result<Page<version::Model>, DbErr> {
    let mut select = version::Entity::of(organization).filter(version::Column::AchievementId.eq(achievement));
    if let Some(after) = query.after {
        let Some(last) = version(db, organization, AchievementVersionId(after)).await? else {
            return Ok(Page::empty());
        };
        select = select.filter(version::Column::Number.lt(last.number));
    }
    let select = select.order_by_desc(version::Column::Number).limit(query.rows());
    Ok(query.cut(select.all(db).await?, |row| row.id.0))
}

/// The names of some achievements in their newest versions, as far as they are the organization's.
pub async fn names(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = AchievementId>,
) -> Result<Vec<(AchievementId, String)>, DbErr> {
    let ids: Vec<AchievementId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut versions = version::Entity::of(organization)
        .filter(version::Column::AchievementId.is_in(ids))
        .order_by_desc(version::Column::Number)
        .all(db)
        .await?;
    let mut seen = HashSet::new();
    versions.retain(|version| seen.insert(version.achievement_id));
    Ok(versions.into_iter().map(|version| (version.achievement_id, version.name)).collect())
}

/// The newest version of an achievement.
pub async fn newest_version(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    achievement: AchievementId,
) -> Result<Option<version::Model>, DbErr> {
    version::Entity::of(organization)
        .filter(version::Column::AchievementId.eq(achievement))
        .order_by_desc(version::Column::Number)
        .one(db)
        .await
}

/// Adds a version. Its number is the caller's: one more than [`newest_version`]; of two at once one is
/// told of the conflict.
pub async fn insert_version(tx: &WriteTx, row: version::Model) -> Result<(), DbErr> {
    tx.on_commit(Effect::Changed(Topic::Achievement(row.id)));
    rows::insert(tx, row).await
}
