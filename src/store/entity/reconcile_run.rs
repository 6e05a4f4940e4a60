//! Reconciles: what was read of a course, and the statement in which each ends.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{scoped, text_enum, unscoped};
use crate::ids::{CourseId, OrganizationId, ReconcileRunId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reconcile_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReconcileRunId,
    pub organization_id: OrganizationId,
    pub course_id: CourseId,
    pub cause: ReconcileCause,
    /// Who wanted it first, as in the audit.
    #[sea_orm(column_type = "Text")]
    pub asked_by: String,
    pub state: ReconcileState,
    /// Array of what is read, with what came of it (`domain::reconcile::Source`).
    #[sea_orm(column_type = "JsonBinary")]
    pub sources: Json,
    /// The leg that is wanted now; an older one changes nothing any more.
    pub leg: i32,
    /// The evaluation of everybody.
    pub pass_id: Option<Uuid>,
    /// Array of ids: the evaluations of placements in other courses that name this one.
    #[sea_orm(column_type = "JsonBinary")]
    pub elsewhere: Json,
    /// In what it ended (`domain::reconcile::Statement`).
    #[sea_orm(column_type = "JsonBinary")]
    pub statement: Option<Json>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Empty while it runs: of a course only one does.
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

scoped!();
unscoped!();

text_enum! {
    /// Why a course is reconciled.
    ReconcileCause {
        /// Its time had come.
        Due = "due",
        /// Somebody asked.
        Asked = "asked",
        /// Somebody wants everybody evaluated again on what is stored; nothing is read.
        Replay = "replay",
    }

    /// Where a reconcile is.
    ReconcileState {
        /// Sources are being read.
        Reading = "reading",
        /// Everybody is being evaluated.
        Evaluating = "evaluating",
        /// It has ended with a statement.
        Done = "done",
    }
}
