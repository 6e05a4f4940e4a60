//! Queries over the health of channels. The sweep that keeps it reads signals once, in the order of their ids.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    Page, PageQuery, WriteTx,
    entity::{
        channel_health::{Column, Entity, Model},
        launch_record, signal,
    },
    page::page,
    rows,
};
use crate::ids::{CourseId, LaunchId, OrganizationId, PlatformId, SignalId};

/// What the sweep reads of a signal.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Heard {
    /// The signal.
    pub id: SignalId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// In which course.
    pub course_id: Option<CourseId>,
    /// By which channel.
    pub channel: String,
    /// From whom.
    pub source: String,
    /// What it says.
    pub kind: String,
    /// About what.
    pub subject: String,
    /// When.
    pub heard_at: DateTime<Utc>,
}

/// The next events, of every organization, in the order of their ids: after one and before what is too new to be
/// complete.
pub async fn unscoped_heard(
    db: &impl ConnectionTrait,
    after: Uuid,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Heard>, DbErr> {
    heard(signal::Entity::unscoped(), after)
        .filter(signal::Column::Id.lt(rows::first_id_at(before)))
        .limit(limit)
        .into_model()
        .all(db)
        .await
}

/// As [`unscoped_heard`], of one course and one channel, however new.
pub async fn heard_of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    channel: &str,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Heard>, DbErr> {
    heard(signal::Entity::of(organization), after)
        .filter(signal::Column::CourseId.eq(course))
        .filter(signal::Column::Channel.eq(channel))
        .limit(limit)
        .into_model()
        .all(db)
        .await
}

/// What is read of the events after one.
fn heard(signals: Select<signal::Entity>, after: Uuid) -> Select<signal::Entity> {
    signals
        .select_only()
        .columns([
            signal::Column::Id,
            signal::Column::OrganizationId,
            signal::Column::CourseId,
            signal::Column::Channel,
            signal::Column::Source,
            signal::Column::Kind,
            signal::Column::Subject,
            signal::Column::HeardAt,
        ])
        .filter(signal::Column::Id.gt(after))
        .filter(signal::Column::Form.eq(signal::SignalForm::Event))
        .order_by_asc(signal::Column::Id)
}

/// What the sweep reads of a launch.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Launched {
    /// The launch.
    pub id: LaunchId,
    /// Whose.
    pub organization_id: Option<OrganizationId>,
    /// Of which platform.
    pub platform_id: PlatformId,
    /// Into which course; none was refused.
    pub course_id: Option<CourseId>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// As [`unscoped_heard`], the launches: those that brought nothing new leave no signal.
pub async fn unscoped_launched(
    db: &impl ConnectionTrait,
    after: Uuid,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Launched>, DbErr> {
    launch_record::Entity::unscoped()
        .select_only()
        .columns([
            launch_record::Column::Id,
            launch_record::Column::OrganizationId,
            launch_record::Column::PlatformId,
            launch_record::Column::CourseId,
            launch_record::Column::CreatedAt,
        ])
        .filter(launch_record::Column::Id.gt(after))
        .filter(launch_record::Column::Id.lt(rows::first_id_at(before)))
        .order_by_asc(launch_record::Column::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await
}

/// The id after which what was heard since then begins.
#[must_use]
pub fn mark_at(at: DateTime<Utc>) -> Uuid {
    rows::first_id_at(at)
}

/// Everything about some courses of any organization, held until the commit.
pub async fn unscoped_of_courses(tx: &WriteTx, courses: HashSet<CourseId>) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped()
        .filter(Column::CourseId.is_in(courses))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

/// Those of any organization to be looked at by now, longest due first.
pub async fn unscoped_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::unscoped().filter(Column::DueAt.lte(now)).order_by_asc(Column::DueAt).limit(limit).all(db).await
}

/// How many alarms are open, of all organizations.
pub async fn unscoped_alarms(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::unscoped().filter(Column::Alarm.is_not_null()).count(db).await
}

/// A course's, the oldest first.
pub async fn of_course(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::CourseId.eq(course)).order_by_asc(Column::Id).all(db).await
}

/// The one of this course, channel and source, made now if there is none, and held until the commit.
pub async fn take(tx: &WriteTx, row: Model) -> Result<Option<Model>, DbErr> {
    let same = Entity::of(row.organization_id)
        .filter(Column::CourseId.eq(row.course_id))
        .filter(Column::Channel.eq(row.channel.as_str()))
        .filter(Column::Source.eq(row.source.as_str()));
    let known = named_so().do_nothing().to_owned();
    Entity::insert(row.into_active_model()).on_conflict(known).exec_without_returning(tx).await?;
    same.lock_exclusive().one(tx).await
}

/// A page of an organization's open alarms, of one course if named.
pub async fn alarms(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: Option<CourseId>,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let mut select = Entity::of(organization).filter(Column::Alarm.is_not_null());
    if let Some(course) = course {
        select = select.filter(Column::CourseId.eq(course));
    }
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Writes rows, new or anew. Hold those that are there.
pub async fn put(tx: &WriteTx, changed: Vec<Model>) -> Result<(), DbErr> {
    rows::upsert_many(tx, changed, renewed).await.map(drop)
}

/// Of a course, a channel's source is there once.
fn named_so() -> OnConflict {
    OnConflict::columns([Column::CourseId, Column::Channel, Column::Source])
}

fn renewed() -> OnConflict {
    named_so()
        .update_columns([
            Column::Label,
            Column::Kinds,
            Column::Hours,
            Column::Heard,
            Column::FirstHeardAt,
            Column::LastHeardAt,
            Column::UsualMinutes,
            Column::LimitMinutes,
            Column::DueAt,
            Column::Alarm,
            Column::AlarmAt,
            Column::AlarmDetail,
            Column::ClearedAt,
            Column::UpdatedAt,
        ])
        .to_owned()
}
