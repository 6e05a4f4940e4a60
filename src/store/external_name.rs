//! Queries over external names.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
    sea_query::{Expr, ExprTrait as _, OnConflict, Query},
};
use uuid::Uuid;

use super::{
    WriteTx,
    entity::{
        enrollment::{self, EnrollmentState},
        external_name::{Column, Entity, Model, NamedNoun},
        learner,
    },
    rows,
};
use crate::ids::{CourseId, OrganizationId, PlatformId};

/// Whom or what these names mean, (scheme, name) each; in no order, each once.
pub async fn subjects(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    noun: NamedNoun,
    names: &[(&str, &str)],
) -> Result<Vec<Uuid>, DbErr> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut any = Condition::any();
    for (scheme, name) in names {
        any = any.add(Condition::all().add(Column::Scheme.eq(*scheme)).add(Column::Name.eq(*name)));
    }
    let rows = Entity::of(organization)
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::Noun.eq(noun))
        .filter(any)
        .all(db)
        .await?;
    let mut subjects: Vec<Uuid> = rows.into_iter().map(|row| row.subject_id).collect();
    subjects.sort_unstable();
    subjects.dedup();
    Ok(subjects)
}

/// Adds those that are new, one statement for up to `rows::AT_ONCE`.
pub async fn insert_new(tx: &WriteTx, new: Vec<Model>) -> Result<(), DbErr> {
    for rows in rows::chunks(new) {
        let rows = rows.into_iter().map(Model::into_active_model);
        let known = OnConflict::new().do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The rows of these names of one scheme, in no order. A name with two rows means two things, and so nothing.
pub async fn of_names(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    (noun, scheme): (NamedNoun, &str),
    names: &[&str],
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::Noun.eq(noun))
        .filter(Column::Scheme.eq(scheme))
        .filter(Column::Name.is_in(names.iter().copied()))
        .all(db)
        .await
}

/// The names of one thing in one scheme, in no order.
pub async fn of_subject(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    (noun, scheme): (NamedNoun, &str),
    subject: Uuid,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::PlatformId.eq(platform))
        .filter(Column::Noun.eq(noun))
        .filter(Column::Scheme.eq(scheme))
        .all(db)
        .await
}

/// Whether a learner who is in the course, and no test user, has no name in this scheme.
pub async fn is_anybody_unnamed(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    platform: PlatformId,
    scheme: &str,
    course: CourseId,
) -> Result<bool, DbErr> {
    let theirs = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(
            Expr::col((Entity, Column::SubjectId))
                .equals((enrollment::Entity, enrollment::Column::LearnerId)),
        )
        .and_where(Column::OrganizationId.eq(organization))
        .and_where(Column::PlatformId.eq(platform))
        .and_where(Column::Noun.eq(NamedNoun::Learner))
        .and_where(Column::Scheme.eq(scheme))
        .to_owned();
    let unnamed = enrollment::Entity::of(organization)
        .inner_join(learner::Entity)
        .filter(enrollment::Column::CourseId.eq(course))
        .filter(enrollment::Column::State.eq(EnrollmentState::Active))
        .filter(enrollment::Column::IsStaffEver.eq(false))
        .filter(learner::Column::IsTest.eq(false))
        .filter(Expr::exists(theirs).not())
        .one(db)
        .await?;
    Ok(unnamed.is_some())
}
