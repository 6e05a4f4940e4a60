//! Queries over learners. Whoever is about to evaluate holds the learner's row first ([`upsert`] and
//! [`lock`] take it until the commit), so that two replicas never each see half (design §4).

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationTrait as _, Select,
    sea_query::{Expr, ExprTrait as _, Func, OnConflict},
};

use super::{
    Page, PageQuery, WriteTx,
    entity::{
        enrollment,
        learner::{Column, Entity, Model, Relation},
    },
    page::page,
    rows,
};
use crate::ids::{CourseId, LearnerId, OrganizationId};

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: LearnerId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// Several by their ids, in no order.
pub async fn of_ids(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.is_in(ids)).all(db).await
}

/// The one a platform calls `sub`; without a platform `mailto:` and the normalized address.
pub async fn of_sub(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform_issuer_url: &str,
    sub: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .filter(Column::Sub.eq(sub))
        .one(db)
        .await
}

/// Those among these whom a platform calls so, in no order.
pub async fn of_subs(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform_issuer_url: &str,
    subs: &[&str],
) -> Result<Vec<Model>, DbErr> {
    called(organization, platform_issuer_url, subs).all(db).await
}

/// As [`of_subs`], in the order of their ids, and holds the rows until the commit.
pub async fn lock_subs(
    tx: &WriteTx,
    organization: OrganizationId,
    platform_issuer_url: &str,
    subs: &[&str],
) -> Result<Vec<Model>, DbErr> {
    called_in_order(organization, platform_issuer_url, subs).lock_exclusive().all(tx).await
}

/// The question of [`lock_subs`]; the guard of the schema asks for its plan.
#[must_use]
pub fn called_in_order(
    organization: OrganizationId,
    platform_issuer_url: &str,
    subs: &[&str],
) -> Select<Entity> {
    // Ordered by the bare column, `SQLite` would walk through all learners of the organization in that order.
    let id = Expr::expr(Func::coalesce([Expr::col(Column::Id), Expr::col(Column::Id)]));
    called(organization, platform_issuer_url, subs).order_by_asc(id)
}

/// Those whom the platform itself has named and given this address (compared without regard to case); of several two,
/// which say that it is not clear.
pub async fn confirmed_of_address(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform_issuer_url: &str,
    address: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .filter(Expr::expr(Func::lower(Expr::col((Entity, Column::Email)))).eq(address.to_lowercase()))
        .filter(Column::IsConfirmed.eq(true))
        .limit(2)
        .all(db)
        .await
}

/// The learner and, if there is one, the enrollment in `course`: all a launch needs to know whether it
/// brings anything new, in one read.
pub async fn with_enrollment(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform_issuer_url: &str,
    sub: &str,
    course: CourseId,
) -> Result<Option<(Model, Option<enrollment::Model>)>, DbErr> {
    let in_course = Relation::Enrollments.def().on_condition(move |_, enrollment| {
        Condition::all().add(Expr::col((enrollment, enrollment::Column::CourseId)).eq(course))
    });
    Entity::of(organization)
        .filter(Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .filter(Column::Sub.eq(sub))
        .join(JoinType::LeftJoin, in_course)
        .select_also(enrollment::Entity)
        .one(db)
        .await
}

/// A page of an organization's learners.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    page(db, Entity::of(organization), Column::Id, query, |row| row.id.0).await
}

/// Adds the learner or renews the one that is there, and holds its row until the commit. What the new row
/// does not know (empty) stays as it was; `is_test` and `is_confirmed` stay set. The row as it is then.
pub async fn upsert(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    Entity::insert(row.into_active_model()).on_conflict(renewed()).exec_with_returning(tx).await
}

/// As [`upsert`] for many; of rows that mean the same learner the last counts. In no order.
pub async fn upsert_many(tx: &WriteTx, rows: Vec<Model>) -> Result<Vec<Model>, DbErr> {
    // In the order of their keys, so that two of these never hold each other up; each once, because one
    // statement cannot renew a row twice.
    let rows: std::collections::BTreeMap<_, _> = rows
        .into_iter()
        .map(|row| ((row.organization_id, row.platform_issuer_url.clone(), row.sub.clone()), row))
        .collect();
    rows::upsert_many(tx, rows.into_values().collect(), renewed).await
}

/// Holds the learner's row until the commit (`SQLite` has one writer anyway) and reads it.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: LearnerId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// Holds the rows of many learners, in the order of their ids; those that exist.
pub async fn lock_many(
    tx: &WriteTx,
    organization: OrganizationId,
    ids: impl IntoIterator<Item = LearnerId>,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

/// Gives up to `limit` of a platform's learners another issuer address, so that nobody is taken for them; how
/// many there were.
pub async fn detach(
    tx: &WriteTx,
    organization: OrganizationId,
    issuer_url: &str,
    other: &str,
    limit: u64,
) -> Result<u64, DbErr> {
    let ids: Vec<LearnerId> = Entity::of(organization)
        .filter(Column::PlatformIssuerUrl.eq(issuer_url))
        .order_by_asc(Column::Id)
        .limit(limit)
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let done = Entity::update_of(organization)
        .col_expr(Column::PlatformIssuerUrl, Expr::value(other))
        .filter(Column::Id.is_in(ids))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Writes the row anew; `false` when the organization has no such learner. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}

/// Gives a learner another `sub`; nobody of the platform may have it.
pub async fn rename(
    tx: &WriteTx,
    organization: OrganizationId,
    id: LearnerId,
    sub: &str,
) -> Result<bool, DbErr> {
    let renamed = Entity::update_of(organization)
        .col_expr(Column::Sub, Expr::value(sub))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(renamed.rows_affected > 0)
}

/// The next learners after one, by id: for working through all of them.
pub async fn ids_after(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    after: Option<LearnerId>,
    limit: u64,
) -> Result<Vec<LearnerId>, DbErr> {
    let wanted = Condition::all().add_option(after.map(|after| Column::Id.gt(after)));
    Entity::of(organization)
        .filter(wanted)
        .order_by_asc(Column::Id)
        .limit(limit)
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(db)
        .await
}

fn called(organization: OrganizationId, platform_issuer_url: &str, subs: &[&str]) -> Select<Entity> {
    Entity::of(organization)
        .filter(Column::PlatformIssuerUrl.eq(platform_issuer_url))
        .filter(Column::Sub.is_in(subs.iter().copied()))
}

fn renewed() -> OnConflict {
    let mut renewed = OnConflict::columns([Column::OrganizationId, Column::PlatformIssuerUrl, Column::Sub]);
    for column in [Column::Name, Column::GivenName, Column::FamilyName, Column::Email, Column::Language] {
        let newer = Expr::col(("excluded", column));
        let known = Expr::col((Entity, column));
        renewed.value(column, Func::coalesce([newer, known]));
    }
    for flag in [Column::IsTest, Column::IsConfirmed] {
        renewed.value(flag, Expr::col(("excluded", flag)).or(Expr::col((Entity, flag))));
    }
    renewed.update_column(Column::LastSeenAt);
    renewed
}
