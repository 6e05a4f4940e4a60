//! Queries over reviews.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _};

use super::{
    Store, WriteTx,
    entity::review::{Column, Entity, Model},
    rows,
};
use crate::{
    error::Result,
    ids::{CourseId, LaunchId, LearnerId, OrganizationId},
};

/// Adds one.
pub async fn insert(tx: &WriteTx, row: Model) -> Result<(), DbErr> {
    rows::insert(tx, row).await
}

/// A launch's.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    launch: LaunchId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(launch)).one(db).await
}

/// That of a person's newest launch into a course that has one.
pub async fn newest(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: LearnerId,
    course: CourseId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LearnerId.eq(learner))
        .filter(Column::CourseId.eq(course))
        .order_by_desc(Column::Id)
        .one(db)
        .await
}

/// Removes those of launches before `before`. How many went.
///
/// # Errors
/// Internal when the database fails; what is gone by then stays gone.
pub async fn prune(store: &Store, before: DateTime<Utc>) -> Result<u64> {
    let old = Condition::all().add(Column::Id.lt(LaunchId(rows::first_id_at(before))));
    rows::prune::<Entity>(store, Column::Id, old).await
}
