//! Queries over holds. That a placement has one open hold in a course is held by a partial unique index.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

use super::{
    Page, PageQuery, WriteTx,
    entity::hold::{Column, Entity, HoldState, HoldWhy, Model},
    page::page,
    rows,
};
use crate::ids::{CourseId, HoldId, OrganizationId, PlacementId, RuleId};

/// The scope of a hold in no course.
pub const EVERYWHERE: &str = "everywhere";

/// What a hold in this course, or for the whole organization, is called at its placement.
#[must_use]
pub fn scope_of(course: Option<CourseId>) -> String {
    course.map_or_else(|| EVERYWHERE.to_owned(), |course| course.to_string())
}

/// Which holds a list shows; empty fields do not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// In this course.
    pub course: Option<CourseId>,
    /// Of this placement.
    pub placement: Option<PlacementId>,
    /// In this state.
    pub state: Option<HoldState>,
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: HoldId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(tx: &WriteTx, organization: OrganizationId, id: HoldId) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// A page of an organization's holds.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    filter: Filter,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let wanted = Condition::all()
        .add_option(filter.course.map(|course| Column::CourseId.eq(course)))
        .add_option(filter.placement.map(|placement| Column::PlacementId.eq(placement)))
        .add_option(filter.state.map(|state| Column::State.eq(state)));
    page(db, Entity::of(organization).filter(wanted), Column::Id, query, |row| row.id.0).await
}

/// Those of these placements in one course, newest first, held until the commit.
pub async fn lock_in(
    tx: &WriteTx,
    organization: OrganizationId,
    placements: impl IntoIterator<Item = PlacementId>,
    scope: &str,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::PlacementId.is_in(placements))
        .filter(Column::Scope.eq(scope))
        .order_by_desc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await
}

/// The rules of these placements whose awards in one of the scopes were undone, and which nobody has confirmed there
/// since.
pub async fn undone(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    placements: impl IntoIterator<Item = PlacementId>,
    scopes: impl IntoIterator<Item = String>,
) -> Result<Vec<(PlacementId, RuleId)>, DbErr> {
    let newest_first = Entity::of(organization)
        .filter(Column::PlacementId.is_in(placements))
        .filter(Column::Scope.is_in(scopes))
        .order_by_desc(Column::Id);
    Ok(undone_among(&newest_first.all(db).await?))
}

/// As [`undone`], of rows that were read newest first.
pub fn undone_among<'a>(newest_first: impl IntoIterator<Item = &'a Model>) -> Vec<(PlacementId, RuleId)> {
    let (mut decided, mut found) = (HashSet::new(), Vec::new());
    for row in newest_first {
        let is_undone = row.why == HoldWhy::Undone && row.state != HoldState::Lapsed;
        let is_decision = is_undone || row.state == HoldState::Confirmed;
        if is_decision && decided.insert((row.placement_id, &row.scope)) && row.state != HoldState::Confirmed
        {
            found.push((row.placement_id, row.rule_id));
        }
    }
    found
}

/// Adds one unless one is open there; whether it was added.
pub async fn insert_if_none_open(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    let open = OnConflict::columns([Column::PlacementId, Column::Scope])
        // As written in the partial index: with bound values PostgreSQL would not recognize it.
        .target_and_where(Expr::cust("state = 'open'"))
        .do_nothing()
        .to_owned();
    let added = Entity::insert(row.into_active_model()).on_conflict(open).exec_without_returning(tx).await?;
    Ok(added > 0)
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}
