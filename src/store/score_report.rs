//! Queries over score reports: one row per column and learner, of which the newest wish counts.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, OnConflict},
};

use super::{
    Page, PageQuery, WriteTx,
    entity::score_report::{Column, Entity, Model, ReportState, ScoreWanted},
    page::page,
    rows,
};
use crate::ids::{AwardId, LineItemId, OrganizationId, ScoreReportId};

/// How many reports of a column are in a state, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    /// Of this column.
    pub line_item_id: LineItemId,
    /// In this state.
    pub state: ReportState,
    /// For this reason.
    pub trouble: Option<String>,
    /// So many.
    pub reports: i64,
}

/// One by its id.
pub async fn find(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    id: ScoreReportId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).one(db).await
}

/// As [`find`], and holds the row until the commit.
pub async fn lock(
    tx: &WriteTx,
    organization: OrganizationId,
    id: ScoreReportId,
) -> Result<Option<Model>, DbErr> {
    Entity::of(organization).filter(Column::Id.eq(id)).lock_exclusive().one(tx).await
}

/// Those about an award.
pub async fn of_award(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    award: AwardId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization).filter(Column::AwardId.eq(award)).order_by_asc(Column::Id).all(db).await
}

/// Which of these awards have one that is not withheld.
pub async fn known_awards(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    awards: impl IntoIterator<Item = AwardId>,
) -> Result<Vec<AwardId>, DbErr> {
    Entity::of(organization)
        .filter(Column::AwardId.is_in(awards))
        .filter(Column::State.ne(ReportState::Withheld))
        .select_only()
        .column(Column::AwardId)
        .into_tuple()
        .all(db)
        .await
}

/// A page of a column's.
pub async fn list(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    line_item: LineItemId,
    query: PageQuery,
) -> Result<Page<Model>, DbErr> {
    let select = Entity::of(organization).filter(Column::LineItemId.eq(line_item));
    page(db, select, Column::Id, query, |row| row.id.0).await
}

/// Those of a column that are not sent yet.
pub async fn waiting(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    line_item: LineItemId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LineItemId.eq(line_item))
        .filter(Column::State.eq(ReportState::Waiting))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Those of a column whose full points the platform has taken, or had already.
pub async fn told(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    line_item: LineItemId,
) -> Result<Vec<Model>, DbErr> {
    Entity::of(organization)
        .filter(Column::LineItemId.eq(line_item))
        .filter(Column::Wanted.eq(ScoreWanted::Awarded))
        .filter(Column::State.is_in([ReportState::Sent, ReportState::Superseded]))
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// How the reports of these columns stand.
pub async fn counts(
    db: &impl ConnectionTrait,
    organization: OrganizationId,
    line_items: impl IntoIterator<Item = LineItemId>,
) -> Result<Vec<Count>, DbErr> {
    Entity::of(organization)
        .select_only()
        .column(Column::LineItemId)
        .column(Column::State)
        .column(Column::Trouble)
        .column_as(Column::Id.count(), "reports")
        .filter(Column::LineItemId.is_in(line_items))
        .group_by(Column::LineItemId)
        .group_by(Column::State)
        .group_by(Column::Trouble)
        .into_model()
        .all(db)
        .await
}

/// Wishes something new for (column, learner): the row as it is then, with a revision of its own. What was
/// not sent of the wish before it is dropped; its timestamp, if it may have been sent, is remembered.
pub async fn wish(tx: &WriteTx, row: Model) -> Result<Model, DbErr> {
    let stored = |column| Expr::col((Entity, column));
    let renewed = OnConflict::columns([Column::LineItemId, Column::LearnerId])
        .update_columns([
            Column::AwardId,
            Column::Wanted,
            Column::DecidedAt,
            Column::State,
            Column::Trouble,
            Column::TroubleWords,
            Column::UpdatedAt,
        ])
        .value(Column::Revision, stored(Column::Revision).add(1))
        .value(
            Column::LastTimestamp,
            Func::coalesce([stored(Column::Timestamp), stored(Column::LastTimestamp)]),
        )
        .value(Column::Timestamp, Expr::value(None::<DateTime<Utc>>))
        .to_owned();
    Entity::insert(row.into_active_model()).on_conflict(renewed).exec_with_returning(tx).await
}

/// Takes this revision for oneself until `until`; `false` when it is not the newest any more, or while
/// somebody else sends for the same learner and column.
pub async fn take(
    tx: &WriteTx,
    report: &Model,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let newest = Entity::update_of(report.organization_id)
        .filter(Column::Id.eq(report.id))
        .filter(Column::Revision.eq(report.revision));
    rows::take(tx, newest, Column::BusyUntil, now, until).await
}

/// Writes the row anew; `false` when the organization has no such one. Hold it first ([`lock`]).
pub async fn update(tx: &WriteTx, row: Model) -> Result<bool, DbErr> {
    rows::update(tx, Entity::update_of(row.organization_id).filter(Column::Id.eq(row.id)), row).await
}
