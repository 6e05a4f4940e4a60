//! Queries over course groups and who is in them.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, OnConflict},
};

use super::{
    Page, PageQuery, WriteTx,
    entity::{
        course_group::{Column, Entity, Model},
        group_member as member,
    },
    page::page,
    rows::{self, chunks},
};
use crate::ids::{CourseGroupId, CourseId, GroupMemberId, LearnerId, OrganizationId};

/// Every group of a course that the platform still has, by name.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::IsGone.eq(false))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// A page of a course's groups that the platform still has, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select =
        Entity::of(organization).filter(Column::CourseId.eq(course)).filter(Column::IsGone.eq(false));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Adds groups or renews those that are there; all of them as they are then, in no order.
pub async fn upsert_many(tx: &WriteTx, rows: Vec<Model>) -> Result<Vec<Model>, DbErr> {
    let rows: std::collections::BTreeMap<_, _> =
        rows.into_iter().map(|row| ((row.course_id, row.group_id.clone()), row)).collect();
    rows::upsert_many(tx, rows.into_values().collect(), renewed).await
}

/// Marks groups as gone and empties them.
pub async fn gone(tx: &WriteTx, organization: OrganizationId, ids: &[CourseGroupId]) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    member::Entity::delete_of(organization)
        .filter(member::Column::CourseGroupId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Entity::update_of(organization)
        .col_expr(Column::IsGone, Expr::value(true))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await
        .map(drop)
}

/// In which groups of a course these learners are.
pub async fn of_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<member::Model>, DbErr> {
    use sea_orm::QueryTrait as _;
    let of_course = Entity::of(organization)
        .select_only()
        .column(Column::Id)
        .filter(Column::CourseId.eq(course))
        .into_query();
    // By the bare column, `SQLite` would look for every learner in every group of the course.
    let group = || Expr::col(member::Column::CourseGroupId);
    member::Entity::of(organization)
        .filter(member::Column::LearnerId.is_in(learners))
        .filter(Expr::expr(Func::coalesce([group(), group()])).in_subquery(of_course))
        .all(db)
        .await
}

/// Adds members; those who are in it already stay.
pub async fn join(tx: &WriteTx, many: Vec<member::Model>) -> Result<(), DbErr> {
    for rows in chunks(many) {
        let known = OnConflict::columns([member::Column::CourseGroupId, member::Column::LearnerId])
            .do_nothing()
            .to_owned();
        let rows = rows.into_iter().map(member::Model::into_active_model);
        member::Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Removes members.
pub async fn leave(tx: &WriteTx, organization: OrganizationId, ids: Vec<GroupMemberId>) -> Result<(), DbErr> {
    for ids in chunks(ids) {
        member::Entity::delete_of(organization).filter(member::Column::Id.is_in(ids)).exec(tx).await?;
    }
    Ok(())
}

/// How many are in each of these groups.
pub async fn counts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    groups: impl IntoIterator<Item = CourseGroupId>,
) -> Result<HashMap<CourseGroupId, i64>, DbErr> {
    #[derive(FromQueryResult)]
    struct Count {
        course_group_id: CourseGroupId,
        members: i64,
    }
    let counts: Vec<Count> = member::Entity::of(organization)
        .select_only()
        .column(member::Column::CourseGroupId)
        .column_as(member::Column::Id.count(), "members")
        .filter(member::Column::CourseGroupId.is_in(groups))
        .group_by(member::Column::CourseGroupId)
        .into_model()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|count| (count.course_group_id, count.members)).collect())
}

fn renewed() -> OnConflict {
    OnConflict::columns([Column::CourseId, Column::GroupId])
        .update_columns([
            Column::Name,
            Column::Tag,
            Column::Sets,
            Column::Hidden,
            Column::IsGone,
            Column::UpdatedAt,
        ])
        .to_owned()
}
