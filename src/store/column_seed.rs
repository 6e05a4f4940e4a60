//! Queries over column seeds.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, sea_query::OnConflict,
};

use super::{
    WriteTx,
    entity::{
        column_seed::{Column, Entity, Model},
        enrollment::{self, EnrollmentState},
        learner, line_item,
    },
};

/// Adds those that are not there yet.
pub async fn insert_new(tx: &WriteTx, rows: Vec<Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let known = OnConflict::columns([Column::LineItemId, Column::LearnerId]).do_nothing().to_owned();
    let rows = rows.into_iter().map(Model::into_active_model);
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await.map(drop)
}

/// The next of a column's course who learn there by an account of this platform, and of whom its platform has not
/// been told; by id.
pub async fn missing(
    db: &impl ConnectionTrait,
    item: &line_item::Model,
    platform_issuer_url: &str,
    limit: u64,
) -> Result<Vec<learner::Model>, DbErr> {
    let told = Entity::of(item.organization_id)
        .filter(Column::LineItemId.eq(item.id))
        .select_only()
        .column(Column::LearnerId)
        .into_query();
    let found = enrollment::Entity::of(item.organization_id)
        .find_also_related(learner::Entity)
        .filter(enrollment::Column::CourseId.eq(item.course_id))
        .filter(enrollment::Column::State.eq(EnrollmentState::Active))
        .filter(enrollment::Column::IsStaffEver.eq(false))
        .filter(learner::Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .filter(learner::Column::IsTest.eq(false))
        .filter(enrollment::Column::LearnerId.not_in_subquery(told))
        .order_by_asc(enrollment::Column::LearnerId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(_, learner)| learner).collect())
}

/// Forgets what the platform of a column was told: it is another column now.
pub async fn forget(tx: &WriteTx, item: &line_item::Model) -> Result<(), DbErr> {
    Entity::delete_of(item.organization_id).filter(Column::LineItemId.eq(item.id)).exec(tx).await.map(drop)
}
