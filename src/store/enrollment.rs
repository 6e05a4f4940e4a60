//! Queries over enrollments.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, OnConflict},
};

use super::{
    WriteTx,
    entity::{
        enrollment::{Column, EnrollmentState, Entity, Model},
        learner,
    },
    rows::chunks,
};
use crate::ids::{CourseId, EnrollmentId, LearnerId, OrganizationId};

/// A learner's in a course.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    learner: LearnerId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::LearnerId.eq(learner))
        .one(db)
        .await
}

/// Everybody's in a course.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::CourseId.eq(course)).order_by_asc(Column::Id).all(db).await
}

/// All of a learner's.
pub async fn of_learner(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learner: LearnerId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::LearnerId.eq(learner)).order_by_asc(Column::Id).all(db).await
}

/// Those of these learners in a course, in no order.
pub async fn of_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::LearnerId.is_in(learners))
        .all(db)
        .await
}

/// How many learners of a course we have heard of: without those ever seen teaching, and without test users.
pub async fn count_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<u64, DbErr> {
    Entity::of(organization)
        .inner_join(learner::Entity)
        .filter(Column::CourseId.eq(course))
        .filter(Column::IsStaffEver.eq(false))
        .filter(learner::Column::IsTest.eq(false))
        .count(db)
        .await
}

/// Adds the enrollment or renews the one that is there; `is_staff_ever` stays set. The row as it is then.
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    Entity::insert(row.into_active_model()).on_conflict(renewed()).exec_with_returning(tx).await
}

/// As [`upsert`] for many; of rows for the same learner and course the last counts. In no order.
pub async fn upsert_many(tx: &WriteTx, rows: Vec<Model>) -> Result<Vec<Model>, DbErr> {
    let rows: std::collections::BTreeMap<_, _> =
        rows.into_iter().map(|row| ((row.course_id, row.learner_id), row)).collect();
    let mut stored = Vec::with_capacity(rows.len());
    for rows in chunks(rows.into_values().collect()) {
        let rows = rows.into_iter().map(Model::into_active_model);
        stored.extend(Entity::insert_many(rows).on_conflict(renewed()).exec_with_returning(tx).await?);
    }
    Ok(stored)
}

/// Gives enrollments to another learner: the same person, known twice. It may not be in those courses.
pub async fn move_to(
    tx: &WriteTx,
    organization: OrganizationId,
    enrollments: &[EnrollmentId],
    to: LearnerId,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::LearnerId, Expr::value(to))
        .filter(Column::Id.is_in(enrollments.iter().copied()))
        .exec(tx)
        .await
        .map(drop)
}

/// Whether anybody has ever launched into a course.
pub async fn has_launched(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::Digest.ne(""))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// The next active learners of a course after one, by id: for working through all of them.
pub async fn learners_after(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    after: Option<LearnerId>,
    limit: u64,
) -> Result<Vec<LearnerId>, DbErr> {
    let wanted = Condition::all()
        .add(Column::CourseId.eq(course))
        .add(Column::State.eq(EnrollmentState::Active))
        .add_option(after.map(|after| Column::LearnerId.gt(after)));
    Entity::of(organization)
        .filter(wanted)
        .order_by_asc(Column::LearnerId)
        .limit(limit)
        .select_only()
        .column(Column::LearnerId)
        .into_tuple()
        .all(db)
        .await
}

fn renewed() -> OnConflict {
    OnConflict::columns([Column::CourseId, Column::LearnerId])
        .value(
            Column::IsStaffEver,
            Expr::col(("excluded", Column::IsStaffEver)).or(Expr::col((Entity, Column::IsStaffEver))),
        )
        .update_columns([
            Column::RolesSeen,
            Column::Permission,
            Column::State,
            Column::Digest,
            Column::LastSeenAt,
        ])
        .to_owned()
}
