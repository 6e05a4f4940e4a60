//! Queries over enrollments.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, OnConflict},
};
use uuid::Uuid;

use super::{
    Page, PageQuery, WriteTx,
    entity::{
        enrollment::{Column, EnrollmentState, Entity, Model},
        learner,
    },
    page::page,
    rows,
};
use crate::ids::{CourseId, EnrollmentId, LearnerId, OrganizationId};

/// Which people of a course are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Who are in it and were never seen teaching.
    Learners,
    /// Who are in it and teach or administer, or once did.
    Staff,
    /// Who were in it.
    Gone,
}

impl Who {
    fn condition(self) -> Condition {
        match self {
            Self::Learners => Condition::all()
                .add(Column::State.eq(EnrollmentState::Active))
                .add(Column::IsStaffEver.eq(false)),
            Self::Staff => Condition::all()
                .add(Column::State.eq(EnrollmentState::Active))
                .add(Column::IsStaffEver.eq(true)),
            Self::Gone => Condition::all().add(Column::State.eq(EnrollmentState::Inactive)),
        }
    }
}

/// How many people a course has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As [`Who::Learners`].
    pub learners: u64,
    /// As [`Who::Staff`].
    pub staff: u64,
    /// As [`Who::Gone`].
    pub gone: u64,
}

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

/// All enrollments of these learners, in no order.
pub async fn everywhere(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    learners: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::LearnerId.is_in(learners)).all(db).await
}

/// How many learners we know to be in a course: without those ever seen teaching, and without test users.
pub async fn count_learners(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<u64, DbErr> {
    Entity::of(organization)
        .inner_join(learner::Entity)
        .filter(Column::CourseId.eq(course))
        .filter(Column::State.eq(EnrollmentState::Active))
        .filter(Column::IsStaffEver.eq(false))
        .filter(learner::Column::IsTest.eq(false))
        .count(db)
        .await
}

/// A page of a course's people, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::CourseId.eq(course));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Some of a course's people with their accounts, by name (who has none, by the platform's id), from an offset on.
pub async fn by_name(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    who: Who,
    offset: u64,
    limit: u64,
) -> Result<Vec<(Model, learner::Model)>, DbErr> {
    let of_learner = |column| Expr::col((learner::Entity, column));
    let name = Func::coalesce([of_learner(learner::Column::Name), of_learner(learner::Column::Sub)]);
    let found = Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(who.condition())
        .find_also_related(learner::Entity)
        .order_by_asc(Expr::expr(Func::lower(name)))
        .order_by_asc(Column::Id)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?;
    Ok(found.into_iter().filter_map(|(row, learner)| Some((row, learner?))).collect())
}

/// How many people a course has.
pub async fn counts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
) -> Result<Counts, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        state: EnrollmentState,
        is_staff_ever: bool,
        people: i64,
    }
    let rows: Vec<Row> = Entity::of(organization)
        .select_only()
        .column(Column::State)
        .column(Column::IsStaffEver)
        .column_as(Column::Id.count(), "people")
        .filter(Column::CourseId.eq(course))
        .group_by(Column::State)
        .group_by(Column::IsStaffEver)
        .into_model()
        .all(db)
        .await?;
    let mut counts = Counts::default();
    for row in rows {
        let people = u64::try_from(row.people).unwrap_or(0);
        match (row.state, row.is_staff_ever) {
            (EnrollmentState::Inactive, _) => counts.gone += people,
            (EnrollmentState::Active, true) => counts.staff += people,
            (EnrollmentState::Active, false) => counts.learners += people,
        }
    }
    Ok(counts)
}

/// Lets the next launch of a learner, in whatever course, say something new although it says the same as the last.
pub async fn listen_anew(
    tx: &WriteTx,
    organization: OrganizationId,
    learner: LearnerId,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::Digest, Expr::value(ANEW))
        .filter(Column::LearnerId.eq(learner))
        .filter(Column::Digest.ne(""))
        .exec(tx)
        .await
        .map(drop)
}

/// No launch has this digest; it is not empty, because the person has launched.
const ANEW: &str = "anew";

/// Whether anybody of a course was seen for the first time, or otherwise than before, since then.
pub async fn is_active_since(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    course: CourseId,
    since: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let found = Entity::of(organization)
        .filter(Column::CourseId.eq(course))
        .filter(Column::LastSeenAt.gte(since))
        .limit(1)
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// Notes that a reading of the course's roster named these learners.
pub async fn seen(
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    learners: impl IntoIterator<Item = LearnerId>,
    run: Uuid,
) -> Result<(), DbErr> {
    Entity::update_of(organization)
        .col_expr(Column::RosterRun, Expr::value(run))
        .filter(Column::CourseId.eq(course))
        .filter(Column::LearnerId.is_in(learners))
        .exec(tx)
        .await
        .map(drop)
}

/// Makes inactive at most `limit` of those whom a complete reading of the roster did not name, of the platform's
/// own accounts and last seen before it began. Their next launch brings something new. How many.
pub async fn end_unseen(
    tx: &WriteTx,
    organization: OrganizationId,
    course: CourseId,
    platform_issuer_url: &str,
    (run, began_at): (Uuid, DateTime<Utc>),
    limit: u64,
) -> Result<u64, DbErr> {
    let unseen = Condition::any().add(Column::RosterRun.is_null()).add(Column::RosterRun.ne(run));
    // Joined, so that it costs what the course is, and not all the platform's accounts.
    let ids: Vec<EnrollmentId> = Entity::of(organization)
        .inner_join(learner::Entity)
        .select_only()
        .column(Column::Id)
        .filter(Column::CourseId.eq(course))
        .filter(Column::State.eq(EnrollmentState::Active))
        .filter(unseen)
        .filter(Column::LastSeenAt.lte(began_at))
        .filter(learner::Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .limit(limit)
        .into_tuple()
        .all(tx)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let ended = Entity::update_of(organization)
        .col_expr(Column::State, Expr::value(EnrollmentState::Inactive))
        .col_expr(Column::Digest, Expr::value(""))
        .filter(Column::Id.is_in(ids))
        // Whoever launched meanwhile is here.
        .filter(Column::LastSeenAt.lte(began_at))
        .exec(tx)
        .await?;
    Ok(ended.rows_affected)
}

/// Adds the enrollment or renews the one that is there; `is_staff_ever` stays set. The row as it is then.
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    Entity::insert(row.into_active_model()).on_conflict(renewed()).exec_with_returning(tx).await
}

/// As [`upsert`] for many; of rows for the same learner and course the last counts. In no order.
pub async fn upsert_many(tx: &WriteTx, rows: Vec<Model>) -> Result<Vec<Model>, DbErr> {
    let rows: std::collections::BTreeMap<_, _> =
        rows.into_iter().map(|row| ((row.course_id, row.learner_id), row)).collect();
    rows::upsert_many(tx, rows.into_values().collect(), renewed).await
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
