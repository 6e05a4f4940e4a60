//! Queries over line items. Whoever looks for a column, or makes one, takes it first ([`take`]), so that of
//! two replicas only one asks the platform (lti-1.3-tool §17.3, A12).

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use super::{
    Effect, Page, PageQuery, Topic, WriteTx,
    entity::line_item::{Column, Entity, LineItemPurpose, LineItemState, Model},
    page::page,
    rows,
};
use crate::ids::{CourseId, LineItemId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: LineItemId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LineItemId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// The one of that name in a course.
pub async fn of_resource(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    resource_id: &str,
    tag: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::ResourceId.eq(resource_id))
        .filter(Column::Tag.eq(tag))
        .one(db)
        .await
}

/// A course's, oldest first.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::CourseId.eq(course)).order_by_asc(Column::Id).all(db).await
}

/// A page of a course's, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::CourseId.eq(course));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Those of a course that are lost or refused, oldest first.
pub async fn unsettled(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::State.is_in([LineItemState::Lost, LineItemState::Refused]))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Another column of the course that has this address and another purpose.
pub async fn is_otherwise_used(db: &impl ConnectionTrait, item: &Model, url: &str) -> Result<bool, DbErr> {
    let found = Entity::of(item.organization_id)
        .filter(Column::CourseId.eq(item.course_id))
        .filter(Column::Url.eq(url))
        .filter(Column::Purpose.ne(item.purpose))
        .filter(Column::Id.ne(item.id))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Those of a course whose results are read, oldest first.
pub async fn watched(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::State.eq(LineItemState::Found))
        .filter(Column::Purpose.ne(LineItemPurpose::Report))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Another column of the course by which rules could hear something of the same name.
pub async fn is_named(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    (course, resource_id): (CourseId, &str),
    but_purpose: LineItemPurpose,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::ResourceId.eq(resource_id))
        .filter(Column::Purpose.is_not_in([LineItemPurpose::Report, but_purpose]))
        .filter(Column::State.ne(LineItemState::Removed))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Adds one unless the course has one of that name; whether it was added.
pub async fn insert_if_new(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let known =
        OnConflict::columns([Column::CourseId, Column::ResourceId, Column::Tag]).do_nothing().to_owned();
    let course = row.course_id;
    let added = Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    tx.on_commit(Effect::Changed(Topic::Placements(Some(course))));
    Ok(added > 0)
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    tx.on_commit(Effect::Changed(Topic::Placements(Some(row.course_id))));
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Takes it for oneself until `until`; `false` while somebody else has it.
pub async fn take(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LineItemId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let one = Entity::update_of(organization).filter(Column::Id.eq(id));
    rows::take(tx, one, Column::BusyUntil, now, until).await
}
